package fleet_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"gitlab.example.com/platform/slipway/test/report"
)

// TestCommand runs the scripts in testdata/script.
func TestCommand(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(slipway)+string(os.PathListSeparator)+os.Getenv("PATH"))
			env.Setenv("ROOT", root)
			env.Setenv("SLIPWAY_CHART", filepath.Join(root, "charts/microservice"))
			env.Setenv("HOME", env.WorkDir)
			for _, who := range []string{"AUTHOR", "COMMITTER"} {
				env.Setenv("GIT_"+who+"_NAME", "a")
				env.Setenv("GIT_"+who+"_EMAIL", "a@example.com")
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"fits-schema": fitsSchema,
			"exits":       exits,
		},
	})
}

// exits CODE COMMAND... runs a command that must end with an exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	said := "exit status 0"
	if err != nil {
		said = err.Error()
	}
	if !strings.HasSuffix(said, "exit status "+args[0]) {
		ts.Fatalf("want exit status %s, got: %s", args[0], said)
	}
}

// fitsSchema FILE holds a report against the published schema.
func fitsSchema(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: fits-schema FILE")
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.Schema))
	ts.Check(err)
	compiler := jsonschema.NewCompiler()
	ts.Check(compiler.AddResource("report.json", schema))
	compiled, err := compiler.Compile("report.json")
	ts.Check(err)
	var content any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &content))
	if err := compiled.Validate(content); (err != nil) != neg {
		ts.Fatalf("%v", err)
	}
}
