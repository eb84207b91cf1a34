package render_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// testName is a test of this repository: `<folder below test/>.<test>`, and `/<subtest>` behind it if it is one.
type testName string

func (n testName) parts() (folder, test, subtest string) {
	folder, test, _ = strings.Cut(string(n), ".Test")
	test, subtest, _ = strings.Cut("Test"+test, "/")
	return folder, test, subtest
}

// short is the name without its folder.
func (n testName) short() string {
	_, test, subtest := n.parts()
	return strings.TrimSuffix(test+"/"+subtest, "/")
}

// sources are the Go test files that were read, by folder below test/.
type sources map[string]testFolder

type testFolder struct {
	files     map[string]*ast.File     // by name
	variables map[string][]ast.Expr    // of the package, by name
	tests     map[string]*ast.FuncDecl // by name
	fileOf    map[*ast.FuncDecl]string // its name
}

// find returns the path below test/ of the file that has the test. It fails if there is no such test, or no such
// subtest: a name in the test's table (in the test, or in a variable that it uses), or of one of its calls of Run.
func (s sources) find(name testName) (string, error) {
	folder, test, subtest := name.parts()
	if _, read := s[folder]; !read {
		parsed, err := parseTests("../../" + folder)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		s[folder] = parsed
	}
	in := s[folder]
	declared, found := in.tests[test]
	if !found {
		return "", fmt.Errorf("%s: test/%s has no such test", name, folder)
	}
	if subtest != "" && !in.subtests(declared)[subtest] {
		return "", fmt.Errorf("%s: %s has no such subtest", name, test)
	}
	return path.Join(folder, in.fileOf[declared]), nil
}

// parseTests reads the test files in a folder, whatever their build tags.
func parseTests(folder string) (testFolder, error) {
	read := testFolder{map[string]*ast.File{}, map[string][]ast.Expr{}, map[string]*ast.FuncDecl{}, map[*ast.FuncDecl]string{}}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return read, err
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path.Join(folder, entry.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			return read, err
		}
		read.files[entry.Name()] = file
		for _, declared := range file.Decls {
			switch declared := declared.(type) {
			case *ast.FuncDecl:
				if isTest(declared) {
					read.tests[declared.Name.Name] = declared
					read.fileOf[declared] = entry.Name()
				}
			case *ast.GenDecl:
				for _, spec := range declared.Specs {
					if variables, ok := spec.(*ast.ValueSpec); ok {
						for _, name := range variables.Names {
							read.variables[name.Name] = variables.Values
						}
					}
				}
			}
		}
	}
	return read, nil
}

// isTest says whether a function is one that `go test` runs.
func isTest(function *ast.FuncDecl) bool {
	parameters := function.Type.Params.List
	if function.Recv != nil || !strings.HasPrefix(function.Name.Name, "Test") || len(parameters) != 1 {
		return false
	}
	pointer, ok := parameters[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	of, ok := pointer.X.(*ast.SelectorExpr)
	return ok && of.Sel.Name == "T"
}

// subtests returns the names of a test's subtests that stand in its source.
func (f testFolder) subtests(test *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	add := func(expression ast.Expr) {
		if literal, ok := expression.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				names[text] = true
			}
		}
	}
	used := map[string]bool{}
	var look func(ast.Node) bool
	look = func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.KeyValueExpr:
			if key, ok := node.Key.(*ast.Ident); ok && key.Name == "name" {
				add(node.Value)
			}
			add(node.Key)
		case *ast.CallExpr:
			if called, ok := node.Fun.(*ast.SelectorExpr); ok && called.Sel.Name == "Run" && len(node.Args) == 2 {
				add(node.Args[0])
			}
		case *ast.Ident:
			if !used[node.Name] {
				used[node.Name] = true
				for _, value := range f.variables[node.Name] {
					ast.Inspect(value, look)
				}
			}
		}
		return true
	}
	ast.Inspect(test.Body, look)
	return names
}

func TestNamedTestsAreFound(t *testing.T) {
	shown := sources{}
	cases := []struct {
		name testName
		file string
		says string // empty: it is found
	}{
		{name: "suite/render.TestNamedTestsAreFound", file: "suite/render/testnames_test.go"},
		{name: "suite/render.TestProbes/grpc", file: "suite/render/probes_test.go"},
		{name: "suite/render.TestMistakes/several mistakes", file: "suite/render/mistakes_test.go"},
		{name: "schema.TestNullRemoves", file: "schema/helm_test.go"},
		{name: "suite/values.TestValuesThatTheSchemaAdmitsAreAcceptedByTheServer", file: "suite/values/random_test.go"},
		{name: "suite/render.TestNothing", says: "suite/render.TestNothing: test/suite/render has no such test"},
		{name: "suite/render.TestProbes/several mistakes", says: "TestProbes has no such subtest"},
		{name: "suite/render.TestMain", says: "has no such test"},
		{name: "suite/nothing.TestProbes", says: "no such file or directory"},
	}
	for _, c := range cases {
		t.Run(string(c.name), func(t *testing.T) {
			file, err := shown.find(c.name)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.file, file)
		})
	}
}
