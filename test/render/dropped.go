package render

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/releaseutil"
	"sigs.k8s.io/yaml"
)

// events are the hooks that Helm knows: those that it has constants for, and one of Helm 2.
var events = []release.HookEvent{
	release.HookPreInstall, release.HookPostInstall, release.HookPreDelete, release.HookPostDelete, release.HookPreUpgrade,
	release.HookPostUpgrade, release.HookPreRollback, release.HookPostRollback, release.HookTest, "test-success",
}

// dropped returns what Helm leaves out of what templates have made.
func dropped(files map[string]string) (all []Dropped) {
	for template, content := range files {
		// Few have any, and none of the others is read once more.
		if !strings.Contains(content, release.HookAnnotation) || strings.HasPrefix(path.Base(template), "_") {
			continue
		}
		for _, text := range releaseutil.SplitManifests(content) {
			var head releaseutil.SimpleHead
			if yaml.Unmarshal([]byte(text), &head) != nil || head.Metadata == nil {
				continue
			}
			hook, is := head.Metadata.Annotations[release.HookAnnotation]
			if is && !known(hook) {
				all = append(all, Dropped{Template: template, Object: head.Kind + "/" + head.Metadata.Name, Hook: hook})
			}
		}
	}
	slices.SortFunc(all, func(a, b Dropped) int {
		return cmp.Or(cmp.Compare(a.Template, b.Template), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Hook, b.Hook))
	})
	return all
}

// known says whether all of a list are hooks, as Helm reads it.
func known(hooks string) bool {
	for hook := range strings.SplitSeq(hooks, ",") {
		if !slices.Contains(events, release.HookEvent(strings.ToLower(strings.TrimSpace(hook)))) {
			return false
		}
	}
	return true
}

// Hooks are those that Helm knows, for messages.
func Hooks() (names []string) {
	for _, event := range events {
		names = append(names, string(event))
	}
	return names
}
