package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// durations are how long the tests of packages took the last time, by import path.
type durations map[string]time.Duration

// durationsFile is in the folder of the binaries.
const durationsFile = "durations.json"

func readDurations(dir string) (durations, error) {
	took := durations{}
	content, err := os.ReadFile(filepath.Join(dir, durationsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return took, nil
	}
	if err != nil {
		return nil, err
	}
	if json.Unmarshal(content, &took) != nil { // the file is only there to be quick
		return durations{}, nil
	}
	return took, nil
}

func (d durations) write(dir string) error {
	content, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, durationsFile), content, 0o644)
}

// longestFirst orders binaries so that none that takes long begins when all others have ended. What has never run counts as
// taking longest.
func longestFirst(binaries []binary, took durations) []binary {
	expected := func(b binary) time.Duration {
		if d, ok := took[b.pkg]; ok {
			return d
		}
		return time.Hour
	}
	binaries = slices.Clone(binaries)
	slices.SortStableFunc(binaries, func(a, b binary) int { return cmp.Compare(expected(b), expected(a)) })
	return binaries
}
