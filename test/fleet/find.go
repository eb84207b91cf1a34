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

// OwnPlatform is the folder of the platform's files in its own repository.
const OwnPlatform = "ci/platform"

// PlatformIn returns the patterns of the platform's files in a folder.
func PlatformIn(folder string) []string {
	return []string{path.Join(folder, "values.yaml"), path.Join(folder, "values-{environment}.yaml")}
}

// Layout says where a tree keeps its releases. Patterns are relative to the tree, with / between folders: {service} and
// {environment} stand for a name, * for any text within a name, ** for any folders.
type Layout struct {
	Tree        string   // folder
	Values      []string // patterns of values files, in the order in which each later one wins; OwnLayout if empty
	Platform    []string // patterns of files that lie below them, for all services, from Tree or else the working directory
	Lenient     bool     // files of Platform that are not there are left out, else they are findings
	Environment string   // the only one to look at, all if empty
	Chart       string   // folder or archive, from the working directory; {service} may be in it
	Namespace   string   // of the releases; {service} and {environment} may be in it
	ReleaseName string   // {service} if empty; {service} and {environment} may be in it
	Set         []string // as Helm's --set; {service} and {environment} may be in it
	SetString   []string
	Tag         string // image.tag where nothing else gives one; {service} and {environment} may be in it
	TagAsked    bool   // a tag of the chart's own counts as none
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
	// Beside are services of the tree that are not checked themselves: what they make may collide with what these do.
	Beside []Service
	// Skipped are folders that hold values files and are not looked into, each with why.
	Skipped []string
	// Hidden are findings about folders that cannot be looked into.
	Hidden []check.Finding
	// Partial says that there may be releases of the tree beside these.
	Partial bool
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

// Find returns the services of a tree. It is an error to find none. Where no pattern has {service}, the tree is one
// service, and an environment that is asked for is one of its releases even if it has no files: those are findings then.
func Find(layout Layout) (Found, error) {
	values := layout.Values
	if len(values) == 0 {
		values = OwnLayout
	}
	forms, err := compileAll(values)
	if err != nil {
		return Found{}, err
	}
	var only string
	if !slices.ContainsFunc(values, func(pattern string) bool { return strings.Contains(pattern, "{service}") }) {
		if only, err = layout.onlyService(); err != nil {
			return Found{}, err
		}
	}
	there, err := filesOf(layout.Tree, forms)
	if err != nil {
		return Found{}, err
	}
	files, hidden := there.files, there.hidden
	groups := map[string]*group{}
	for _, file := range files {
		for i, f := range forms {
			if f.plain {
				continue
			}
			if where, service, environment, ok := f.match(layout.Tree, file); ok {
				if environment != "" && ofAllEnvironments(forms, layout.Tree, file, service) {
					continue
				}
				service = cmp.Or(service, only)
				key := where + "\x00" + service
				if groups[key] == nil {
					groups[key] = &group{where: where, service: service, alone: only != "", files: map[string][]string{}}
				}
				groups[key].add(i, environment, file)
			}
		}
	}
	if only != "" && layout.Environment != "" && len(groups) == 0 {
		groups[only] = &group{service: only, alone: true, files: map[string][]string{}}
	}
	found := Found{Hidden: hidden, Skipped: there.skipped, Partial: layout.Environment != ""}
	environments := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		g := groups[key]
		for _, environment := range g.environments {
			environments[environment] = true
		}
		switch asked := layout.Environment; {
		case asked != "" && (g.alone || slices.Contains(g.environments, asked)):
			g.environments = []string{asked}
		case asked != "":
			continue
		case len(g.environments) == 0:
			found.Unused = append(found.Unused, g.unused(layout)...)
			continue
		}
		found.Services = append(found.Services, g.releases(layout, forms))
	}
	switch {
	case len(found.Services) > 0 || len(hidden) > 0:
		return found, nil
	case len(environments) > 0:
		return Found{}, fmt.Errorf("no service in %s has the environment %s; there are %s",
			layout.Tree, layout.Environment, strings.Join(slices.Sorted(maps.Keys(environments)), ", "))
	default:
		return Found{}, fmt.Errorf("found no service in %s: no file matches %s (%d files looked at); see --values",
			layout.Tree, strings.Join(values, ", "), len(files))
	}
}

// ofAllEnvironments says whether a file is one of a service for all of its environments, by another pattern: base/orders.yaml
// is none of an environment called base where patterns are base/{service}.yaml and {environment}/{service}.yaml.
func ofAllEnvironments(forms []form, tree, file, service string) bool {
	return slices.ContainsFunc(forms, func(f form) bool {
		if f.plain {
			return f.pattern == file
		}
		_, of, environment, ok := f.match(tree, file)
		return ok && environment == "" && of == service
	})
}

// onlyService is the name of the service that a tree is: that of its release where that is the same in all environments,
// else that of the folder.
func (l Layout) onlyService() (string, error) {
	if l.ReleaseName != "" && !IsPattern(l.ReleaseName) {
		return l.ReleaseName, nil
	}
	absolute, err := filepath.Abs(l.Tree)
	return filepath.Base(absolute), err
}

// Single is one release of files that are named one by one, or of the chart's own values if there are none. Files of the
// platform are below them, unless those may be absent.
func Single(layout Layout, name string, files []string) Found {
	service := Service{Name: name, Candidates: files}
	release := layout.release(name, layout.Environment)
	if !layout.Lenient {
		release.Layers = layout.platform(name, layout.Environment, "")
	}
	for _, file := range files {
		release.Layers = append(release.Layers, check.Layer{Path: file, Own: true})
	}
	service.Releases = []check.Release{release}
	return Found{Services: []Service{service}, Partial: true}
}

// IsPattern says whether a values file stands for many.
func IsPattern(file string) bool { return strings.ContainsAny(file, "{*") }

func (l Layout) release(service, environment string) check.Release {
	fill := strings.NewReplacer("{service}", service, "{environment}", environment)
	release := check.Release{
		// No tag begins with a hyphen: {environment}-1 without an environment is 1.
		Service: service, Environment: environment, Name: fill.Replace(cmp.Or(l.ReleaseName, "{service}")),
		Namespace: fill.Replace(l.Namespace), Chart: fill.Replace(l.Chart), Tag: strings.TrimPrefix(fill.Replace(l.Tag), "-"), TagAsked: l.TagAsked,
	}
	for _, pair := range l.Set {
		release.Set = append(release.Set, fill.Replace(pair))
	}
	for _, pair := range l.SetString {
		release.SetString = append(release.SetString, fill.Replace(pair))
	}
	return release
}

// listing is what a tree has, by paths relative to it.
type listing struct {
	files   []string // in which values may be, and folders that bear the name of a values file; sorted
	hidden  []check.Finding
	skipped []string
}

// filesOf lists a tree. Folders that are hidden by their name, or never hold services, are left out unless a pattern names
// them; one that cannot be looked into is a finding.
func filesOf(tree string, forms []form) (listing, error) {
	info, err := os.Stat(tree)
	if err != nil {
		return listing{}, err
	}
	if !info.IsDir() {
		return listing{}, fmt.Errorf("%s is not a folder", tree)
	}
	folders := map[string]bool{}
	for _, f := range forms {
		if !f.plain {
			folders[filepath.Join(tree, f.folder())] = true
		}
	}
	var all listing
	for folder := range folders {
		if err := all.below(tree, folder, forms); err != nil {
			return listing{}, err
		}
	}
	for _, list := range []*[]string{&all.files, &all.skipped} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return all, nil
}

func (l *listing) below(tree, folder string, forms []form) error {
	return filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if file == folder && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			l.hidden = append(l.hidden, check.UnreadableFolder(file, err))
			return fs.SkipDir
		}
		name := entry.Name()
		relative, err := filepath.Rel(tree, file)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if entry.IsDir() {
			if file != folder && (strings.HasPrefix(name, ".") || slices.Contains(skipped, name)) {
				if slices.Contains(skipped, name) && holdsValues(tree, file, forms) {
					l.skipped = append(l.skipped, file+": folders called "+name+" hold no services, but where a pattern of --values begins with one")
				}
				return fs.SkipDir
			}
			// Whoever reads it says that it is no file.
			if slices.ContainsFunc(forms, func(f form) bool { return !f.plain && f.fits(tree, relative) }) {
				l.files = append(l.files, relative)
				return fs.SkipDir
			}
			return nil
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			if info, err := os.Stat(file); err == nil && info.IsDir() {
				if holdsValues(tree, file, forms) {
					l.skipped = append(l.skipped, file+": links to folders are not followed; give what it leads to as the tree")
				}
				return nil
			}
		}
		if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" || ext == ".json" {
			l.files = append(l.files, relative)
		}
		return nil
	})
}

// holdsValues says whether a folder that is not looked into has a file that a pattern matches.
func holdsValues(tree, folder string, forms []form) (found bool) {
	// With the separator a link is followed.
	_ = filepath.WalkDir(folder+string(filepath.Separator), func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // what cannot be read in there is no more left out than the rest
		}
		relative, err := filepath.Rel(tree, file)
		if err != nil {
			return nil
		}
		relative = filepath.ToSlash(relative)
		if slices.ContainsFunc(forms, func(f form) bool { return !f.plain && f.fits(tree, relative) }) {
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// form is a compiled pattern.
type form struct {
	pattern string
	regexp  *regexp.Regexp
	plain   bool // it stands for one file
}

var placeholders = regexp.MustCompile(`\*\*/|\*|\{[^}]*\}|[^*{]+`)

func compileAll(patterns []string) (forms []form, err error) {
	for _, pattern := range patterns {
		f, err := compile(pattern)
		if err != nil {
			return nil, err
		}
		forms = append(forms, f)
	}
	return forms, nil
}

func compile(pattern string) (form, error) {
	if IsPattern(pattern) && path.IsAbs(pattern) {
		return form{}, fmt.Errorf("pattern %s: is from the root; write it from the tree", pattern)
	}
	pattern = path.Clean(pattern)
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

// folder is the one, from the tree, below which all is that the pattern matches.
func (f form) folder() string {
	return path.Dir(f.pattern[:strings.IndexAny(f.pattern, "{*")] + "x")
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
	alone          bool                // the tree is this one service
	files          map[string][]string // by environment, "" for all of them; each begins with the place of its pattern
	environments   []string
}

func (g *group) add(form int, environment, file string) {
	g.files[environment] = append(g.files[environment], fmt.Sprintf("%04d\x00%s", form, file))
	if environment != "" && !slices.Contains(g.environments, environment) {
		g.environments = append(g.environments, environment)
	}
}

// unused are the files of a service without environments.
func (g *group) unused(layout Layout) (files []string) {
	for _, file := range g.files[""] {
		_, name, _ := strings.Cut(file, "\x00")
		files = append(files, filepath.Join(layout.Tree, name))
	}
	return files
}

// releases returns the service with its layers in order.
func (g *group) releases(layout Layout, forms []form) Service {
	service := Service{Name: g.service}
	slices.Sort(g.environments)
	for _, environment := range g.environments {
		release := layout.release(g.service, environment)
		fill := strings.NewReplacer("{service}", g.service, "{environment}", environment, "**/", g.where)
		release.Layers = layout.platform(g.service, environment, g.where)
		for _, pattern := range layout.Platform {
			service.Candidates = append(service.Candidates, layout.below(fill.Replace(pattern)))
		}
		ordered := slices.Sorted(slices.Values(slices.Concat(g.files[""], g.files[environment])))
		for i, form := range forms {
			if !strings.Contains(form.pattern, "*") || strings.HasPrefix(form.pattern, "**/") && strings.Count(form.pattern, "*") == 2 {
				service.Candidates = append(service.Candidates, layout.inTree(fill.Replace(form.pattern)))
			}
			// What one service has no files for, and is asked for, has to be there.
			if form.plain || g.alone && len(g.files[environment]) == 0 && !strings.Contains(form.pattern, "*") {
				release.Layers = append(release.Layers, check.Layer{Path: layout.inTree(fill.Replace(form.pattern)), Own: g.alone})
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
	return service
}

// platform returns the files below those of a service.
func (l Layout) platform(service, environment, where string) (layers []check.Layer) {
	fill := strings.NewReplacer("{service}", service, "{environment}", environment, "**/", where)
	for _, pattern := range l.Platform {
		if file := l.below(fill.Replace(pattern)); !l.Lenient || exists(file) {
			layers = append(layers, check.Layer{Path: file})
		}
	}
	return layers
}

// inTree returns the path of a file that is named from the tree.
func (l Layout) inTree(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(l.Tree, file)
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
