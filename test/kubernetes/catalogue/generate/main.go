// Program generate writes the catalogue of the parent folder from the releases that it names.
//
//	go run ./test/kubernetes/catalogue/generate [-check]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"

	"gitlab.example.com/platform/slipway/test/customresources"
	"gitlab.example.com/platform/slipway/test/kubernetes/catalogue"
	"gitlab.example.com/platform/slipway/test/module"
)

func main() {
	file := flag.String("file", "catalogue.json.gz", "the file to write")
	check := flag.Bool("check", false, "write nothing; fail if the file is not what would be written")
	flag.Parse()
	if err := run(context.Background(), *file, *check); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, file string, check bool) error {
	made, err := generate(ctx)
	if err != nil {
		return err
	}
	if !check {
		return os.WriteFile(file, made, 0o644)
	}
	is, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	// Not the bytes: another version of Go may compress otherwise.
	same, err := equal(is, made)
	if err != nil {
		return err
	}
	if !same {
		return errors.New(file + " is not what the releases say; run `make kubernetes` and commit it")
	}
	return nil
}

// equal says whether two files hold the same catalogue.
func equal(a, b []byte) (bool, error) {
	left, err := catalogue.Read(a)
	if err != nil {
		return false, err
	}
	right, err := catalogue.Read(b)
	return reflect.DeepEqual(left, right), err
}

// generate returns the file's content. It downloads the releases into Go's module cache where they are not there.
func generate(ctx context.Context) ([]byte, error) {
	made := newCatalogue()
	for version, release := range catalogue.Releases {
		dir, err := module.Download(ctx, release)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", release.Path, release.Version, err)
		}
		if err := made.add(version, dir); err != nil {
			return nil, fmt.Errorf("%s %s: %w", release.Path, release.Version, err)
		}
	}
	definitions, err := customresources.Definitions(ctx)
	if err != nil {
		return nil, err
	}
	if err := made.define(definitions); err != nil {
		return nil, err
	}
	return made.finish().Write()
}
