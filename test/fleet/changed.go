package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// ChangedSince leaves the services of which a values file or the chart has changed since a revision of git: since the two went
// different ways, with what is not committed yet. The others are beside them. Where one of always has changed, such as the chart
// of all, that is all of them.
func (f Found) ChangedSince(ctx context.Context, tree, revision string, always []string) (Found, error) {
	changed, err := changedFiles(ctx, tree, revision)
	if err != nil {
		return Found{}, err
	}
	for _, path := range always {
		has, err := hasChanged(changed, path)
		if err != nil {
			return Found{}, err
		}
		if has {
			return f, nil
		}
	}
	left := Found{Unused: f.Unused, Hidden: f.Hidden, Skipped: f.Skipped, Partial: f.Partial}
	for _, service := range f.Services {
		has, err := service.changed(changed)
		if err != nil {
			return Found{}, err
		}
		if has {
			left.Services = append(left.Services, service)
		} else {
			left.Beside = append(left.Beside, service)
		}
	}
	left.Partial = left.Partial || len(left.Services) < len(f.Services)
	return left, nil
}

// changed says whether a layer of the service is among files that have changed, or its chart.
func (s Service) changed(files []string) (bool, error) {
	paths := slices.Clone(s.Candidates)
	for _, release := range s.Releases {
		paths = append(paths, release.Chart)
	}
	for _, path := range paths {
		if has, err := hasChanged(files, path); has || err != nil {
			return has, err
		}
	}
	return false, nil
}

// hasChanged says whether a path, or something below it, is among files that have changed.
func hasChanged(files []string, path string) (bool, error) {
	path, err := resolved(path)
	return slices.ContainsFunc(files, func(file string) bool { return file == path || strings.HasPrefix(file, path+"/") }), err
}

// resolved returns an absolute path without links in its folder, as git has it; the file need not exist.
func resolved(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if folder, err := filepath.EvalSymlinks(filepath.Dir(absolute)); err == nil {
		return filepath.Join(folder, filepath.Base(absolute)), nil
	}
	return absolute, nil
}

// changedFiles returns absolute paths.
func changedFiles(ctx context.Context, tree, revision string) ([]string, error) {
	if strings.HasPrefix(revision, "-") || revision == "" {
		return nil, fmt.Errorf("--changed-since %q is no revision of git", revision)
	}
	top, err := git(ctx, tree, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	root := strings.TrimSpace(top)
	base, err := git(ctx, tree, "merge-base", revision, "HEAD")
	if err != nil {
		return nil, fmt.Errorf("--changed-since %s: %w; a shallow clone lacks it: fetch it first", revision, err)
	}
	differ, err := git(ctx, root, "diff", "--name-only", "--no-renames", "-z", strings.TrimSpace(base))
	if err != nil {
		return nil, err
	}
	untracked, err := git(ctx, root, "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, err
	}
	var files []string
	for name := range strings.SplitSeq(differ+untracked, "\x00") {
		if name != "" {
			files = append(files, filepath.Join(root, filepath.FromSlash(name)))
		}
	}
	return files, nil
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
	var out, complaints bytes.Buffer
	command.Stdout, command.Stderr = &out, &complaints
	if err := command.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", errors.New(strings.TrimSpace(complaints.String()))
		}
		return "", fmt.Errorf("git: %w", err)
	}
	return out.String(), nil
}
