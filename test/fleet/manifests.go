package fleet

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"gitlab.example.com/platform/slipway/test/check"
	"gitlab.example.com/platform/slipway/test/valuesfile"
)

// StandardInput is the path that stands for it.
const StandardInput = "-"

// ReadManifests reads the files of objects at paths: each a file, a folder with all below it, or StandardInput. Of folders it
// takes *.yaml, *.yml and *.json, and none that is hidden; others are what it leaves.
func ReadManifests(paths []string, in io.Reader) (files []check.ManifestFile, others []string, err error) {
	for _, path := range paths {
		if path == StandardInput {
			text, err := io.ReadAll(io.LimitReader(in, maxInput+1))
			if err != nil {
				return nil, nil, fmt.Errorf("standard input: %w", err)
			}
			if len(text) > maxInput {
				return nil, nil, fmt.Errorf("standard input has more than %d MiB, which is not read", maxInput>>20)
			}
			files = append(files, check.ManifestFile{Path: "standard input", Text: text})
			continue
		}
		err := filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if file != path && strings.HasPrefix(entry.Name(), ".") {
				if entry.IsDir() {
					return fs.SkipDir
				}
				others = append(others, file)
				return nil
			}
			switch {
			case entry.IsDir():
				return nil
			case file != path && !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(file)):
				others = append(others, file)
				return nil
			}
			text, err := valuesfile.Text(file)
			if err != nil {
				return err
			}
			files = append(files, check.ManifestFile{Path: file, Text: text})
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if len(files) == 0 {
		return nil, nil, errors.New("there is no file *.yaml, *.yml or *.json in " + strings.Join(paths, ", "))
	}
	return files, others, nil
}

// maxInput is how much is read of standard input: what renders a fleet may be there.
const maxInput = 256 << 20
