// Schema writes the two files of a chart that are made from the comments in its values.yaml: values.schema.json, with
// the types and bounds in schema.yaml, and README.md, with the text in README.md.gotmpl. Its arguments are folders of
// charts; the working directory must be inside this module.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "which chart? usage: go run ./test/schema charts/microservice")
		os.Exit(2)
	}
	for _, chart := range os.Args[1:] {
		if err := write(ctx, chart); err != nil {
			fmt.Fprintf(os.Stderr, "chart %s: %v\n", chart, err)
			os.Exit(2)
		}
	}
}

// generated are the files that are made, and what makes each from the chart's folder.
var generated = map[string]func(context.Context, string) ([]byte, error){
	"values.schema.json": valuesSchema,
	"README.md":          readme,
}

// write makes the generated files of the chart in a folder. Nothing is written if one of them fails, or if the chart lacks one of
// the places that belong together.
func write(ctx context.Context, chart string) error {
	if err := complete(chart); err != nil {
		return err
	}
	contents := map[string][]byte{}
	for name, generate := range generated {
		content, err := generate(ctx, chart)
		if err != nil {
			return err
		}
		contents[name] = content
	}
	for name, content := range contents {
		if err := os.WriteFile(filepath.Join(chart, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
