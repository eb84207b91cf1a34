// Package fleet finds the services and environments of a tree of files, and checks them side by side.
package fleet

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/check"
)

// OwnLayout are the patterns of a service's own values files where nothing else is asked for.
var OwnLayout = []string{"**/{service}/deploy/values.yaml", "**/{service}/deploy/values-{environment}.yaml"}

// Layout says where a tree keeps its releases. Patterns are relative to the tree, with / between folders: {service} and
// {environment} stand for a name, * for any text within a name, ** for any folders.
type Layout struct {
	Tree        string   // folder
	Values      []string // patterns of values files, in the order in which each later one wins; OwnLayout if empty
	Platform    []string // patterns of files that lie below them, for all services, from Tree or else the working directory; absent ones are left out
	Chart       string   // folder or archive, from the working directory; {service} may be in it
	Namespace   string   // of the releases; {service} and {environment} may be in it
	ReleaseName string   // {service} if empty
	Set         []string // as Helm's --set; {service} and {environment} may be in it
	SetString   []string
	Tag         string // image.tag where nothing else gives one; {service} and {environment} may be in it
}

// Service is a service of a tree and its releases, one for each environment.
type Service struct {
	Name     string
	Releases []check.Release
	// Candidates are the files that are layers of its releases, or would be if they existed.
	Candidates []string
}

// Found is what a tree holds.
type Found struct {
	Services []Service
	// Unused are files that a pattern matches and that belong to no release: a service without any environment.
	Unused []string
	// Hidden are findings about folders that cannot be looked into.
	Hidden []check.Finding
}

// Releases counts those of all services.
func (f Found) Releases() (count int) {
	for _, service := range f.Services {
		count += len(service.Releases)
	}
	return count
}

// Environments returns those of all services, sorted.
func (f Found) Environments() []string {
	names := map[string]bool{}
	for _, service := range f.Services {
		for _, release := range service.Releases {
			names[release.Environment] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// skipped are folders that hold no services.
var skipped = []string{"node_modules", "vendor", "testdata"}

// Find returns the services of a tree. It is an error to find none.
func Find(layout Layout) (Found, error) {
	values := layout.Values
	if len(values) == 0 {
		values = OwnLayout
	}
	var forms []form
	for _, pattern := range values {
		f, err := compile(pattern)
		if err != nil {
			return Found{}, err
		}
		forms = append(forms, f)
	}
	files, hidden, err := filesOf(layout.Tree, forms)
	if err != nil {
		return Found{}, err
	}
	groups := map[string]*group{}
	for _, file := range files {
		for i, f := range forms {
			if f.plain {
				continue
			}
			if where, service, environment, ok := f.match(layout.Tree, file); ok {
				key := where + "\x00" + service
				if groups[key] == nil {
					groups[key] = &group{where: where, service: service, files: map[string][]string{}}
				}
				groups[key].add(i, environment, file)
			}
		}
	}
	found := Found{Hidden: hidden}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		service, unused := groups[key].releases(layout, forms)
		found.Unused = append(found.Unused, unused...)
		if len(service.Releases) > 0 {
			found.Services = append(found.Services, service)
		}
	}
	if len(found.Services) == 0 && len(hidden) == 0 {
		return Found{}, fmt.Errorf("found no service in %s: no file matches %s (%d files looked at); see --values",
			layout.Tree, strings.Join(values, ", "), len(files))
	}
	return found, nil
}

// Single is one release of files that are named one by one, or of the chart's own values if there are none.
func Single(layout Layout, name, environment string, files []string) Found {
	service := Service{Name: name, Candidates: files}
	release := layout.release(name, environment)
	for _, file := range files {
		release.Layers = append(release.Layers, check.Layer{Path: file, Own: true})
	}
	service.Releases = []check.Release{release}
	return Found{Services: []Service{service}}
}

// IsPattern says whether a values file stands for many.
func IsPattern(file string) bool { return strings.ContainsAny(file, "{*") }

func (l Layout) release(service, environment string) check.Release {
	fill := strings.NewReplacer("{service}", service, "{environment}", environment)
	release := check.Release{
		Service: service, Environment: environment, Name: fill.Replace(cmp.Or(l.ReleaseName, "{service}")),
		Namespace: fill.Replace(l.Namespace), Chart: fill.Replace(l.Chart), Tag: fill.Replace(l.Tag),
	}
	for _, pair := range l.Set {
		release.Set = append(release.Set, fill.Replace(pair))
	}
	for _, pair := range l.SetString {
		release.SetString = append(release.SetString, fill.Replace(pair))
	}
	return release
}

// filesOf returns the files of a tree, relative to it and sorted, with folders that bear the name of a values file. What is
// hidden by its name is left out; a folder that cannot be looked into is a finding.
func filesOf(tree string, forms []form) (files []string, hidden []check.Finding, err error) {
	info, err := os.Stat(tree)
	if err != nil {
		return nil, nil, err
	}
	if !info.IsDir() {
		return nil, nil, fmt.Errorf("%s is not a folder", tree)
	}
	err = filepath.WalkDir(tree, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			hidden = append(hidden, check.UnreadableFolder(file, err))
			return fs.SkipDir
		}
		name := entry.Name()
		relative, err := filepath.Rel(tree, file)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if entry.IsDir() {
			if file != tree && (strings.HasPrefix(name, ".") || slices.Contains(skipped, name)) {
				return fs.SkipDir
			}
			// Whoever reads it says that it is no file.
			if slices.ContainsFunc(forms, func(f form) bool { return !f.plain && f.fits(tree, relative) }) {
				files = append(files, relative)
				return fs.SkipDir
			}
			return nil
		}
		if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" || ext == ".json" {
			files = append(files, relative)
		}
		return nil
	})
	return files, hidden, err
}

// form is a compiled pattern.
type form struct {
	pattern string
	regexp  *regexp.Regexp
	plain   bool // it stands for one file
}

var placeholders = regexp.MustCompile(`\*\*/|\*|\{[^}]*\}|[^*{]+`)

func compile(pattern string) (form, error) {
	f := form{pattern: pattern, plain: !IsPattern(pattern)}
	var text strings.Builder
	seen := map[string]bool{}
	for _, part := range placeholders.FindAllString(pattern, -1) {
		switch {
		case part == "**/":
			text.WriteString(`(?P<where>(?:[^/]+/)*)`)
			if seen[part] {
				return f, fmt.Errorf("pattern %s: ** may stand there once", pattern)
			}
			seen[part] = true
		case part == "*":
			text.WriteString(`[^/]*`)
		case part == "{service}" || part == "{environment}":
			name := strings.Trim(part, "{}")
			if seen[part] {
				return f, fmt.Errorf("pattern %s: %s may stand there once", pattern, part)
			}
			seen[part] = true
			fmt.Fprintf(&text, `(?P<%s>[^/]+?)`, name)
		case part[0] == '{':
			return f, fmt.Errorf("pattern %s: %s is neither {service} nor {environment}", pattern, part)
		default:
			text.WriteString(regexp.QuoteMeta(part))
		}
	}
	if !f.plain && !seen["{service}"] && !seen["{environment}"] {
		return f, fmt.Errorf("pattern %s: has neither {service} nor {environment}", pattern)
	}
	var err error
	f.regexp, err = regexp.Compile("^" + text.String() + "$")
	return f, err
}

// fits says whether a path in the tree is one of a values file, as far as its extension tells, too.
func (f form) fits(tree, file string) bool {
	_, _, _, ok := f.match(tree, file)
	return ok && path.Ext(f.pattern) != "" && path.Ext(f.pattern) == path.Ext(file)
}

// match returns what the placeholders stand for in a file of the tree. Where a tree is itself a service, its name is the
// folder's.
func (f form) match(tree, file string) (where, service, environment string, ok bool) {
	match := f.regexp.FindStringSubmatch(file)
	if match == nil {
		absolute, err := filepath.Abs(tree)
		if err != nil || !strings.HasPrefix(f.pattern, "**/{service}/") {
			return "", "", "", false
		}
		if match = f.regexp.FindStringSubmatch(filepath.Base(absolute) + "/" + file); match == nil {
			return "", "", "", false
		}
	}
	get := func(name string) string {
		if i := f.regexp.SubexpIndex(name); i >= 0 {
			return match[i]
		}
		return ""
	}
	return get("where"), get("service"), get("environment"), true
}

// group is the files of one service.
type group struct {
	where, service string
	files          map[string][]string // by environment, "" for all of them; each begins with the place of its pattern
	environments   []string
}

func (g *group) add(form int, environment, file string) {
	g.files[environment] = append(g.files[environment], fmt.Sprintf("%04d\x00%s", form, file))
	if environment != "" && !slices.Contains(g.environments, environment) {
		g.environments = append(g.environments, environment)
	}
}

// releases returns the service with its layers in order.
func (g *group) releases(layout Layout, forms []form) (Service, []string) {
	service := Service{Name: g.service}
	slices.Sort(g.environments)
	var unused []string
	if len(g.environments) == 0 {
		for _, file := range g.files[""] {
			_, name, _ := strings.Cut(file, "\x00")
			unused = append(unused, filepath.Join(layout.Tree, name))
		}
		return service, unused
	}
	for _, environment := range g.environments {
		release := layout.release(g.service, environment)
		fill := strings.NewReplacer("{service}", g.service, "{environment}", environment, "**/", g.where)
		for _, pattern := range layout.Platform {
			file := layout.below(fill.Replace(pattern))
			service.Candidates = append(service.Candidates, file)
			if exists(file) {
				release.Layers = append(release.Layers, check.Layer{Path: file})
			}
		}
		ordered := slices.Sorted(slices.Values(slices.Concat(g.files[""], g.files[environment])))
		for i, form := range forms {
			if !strings.Contains(form.pattern, "*") || strings.HasPrefix(form.pattern, "**/") && strings.Count(form.pattern, "*") == 2 {
				service.Candidates = append(service.Candidates, filepath.Join(layout.Tree, fill.Replace(form.pattern)))
			}
			if form.plain {
				release.Layers = append(release.Layers, check.Layer{Path: filepath.Join(layout.Tree, form.pattern)})
				continue
			}
			for _, file := range ordered {
				if place, name, _ := strings.Cut(file, "\x00"); place == fmt.Sprintf("%04d", i) {
					service.Candidates = append(service.Candidates, filepath.Join(layout.Tree, name))
					release.Layers = append(release.Layers, check.Layer{Path: filepath.Join(layout.Tree, name), Own: true})
				}
			}
		}
		service.Releases = append(service.Releases, release)
	}
	slices.Sort(service.Candidates)
	service.Candidates = slices.Compact(service.Candidates)
	return service, unused
}

// below returns the path of a file that lies below the services' own: in the tree, or else in the working directory.
func (l Layout) below(file string) string {
	if inTree := filepath.Join(l.Tree, file); !filepath.IsAbs(file) && exists(inTree) {
		return inTree
	}
	return file
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return !errors.Is(err, fs.ErrNotExist)
}
