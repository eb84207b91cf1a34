// Package valuesfile reads a values file twice: as Helm does, for its values, and as text, for the line that each value
// stands on and for what YAML has made of what was written.
package valuesfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	yamlv3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

// MaxSize is the size in bytes over which a file is refused: what Helm takes for a file of a chart.
const MaxSize = 5 << 20

// File is one values file.
type File struct {
	Path   string
	Values map[string]any // as Helm reads them
	Size   int            // in bytes
	// More are the lines on which further documents of the file begin that hold something. Helm 3 reads the first document
	// alone, and so do Values.
	More []int

	root    *yamlv3.Node
	indexed sync.Once
	index   map[string]Position
}

// Position is a place in a file's text, both numbers from 1.
type Position struct{ Line, Column int }

// Error says why a file cannot be used as values.
type Error struct {
	Path   string
	Line   int // 0 if it is about the whole file
	Reason string

	cause error // of the file system's, if any
}

// Unwrap returns what the file system said, such as fs.ErrNotExist.
func (e *Error) Unwrap() error { return e.cause }

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Reason)
	}
	return e.Path + ": " + e.Reason
}

// Read reads the values file at a path. The error is an *Error.
func Read(path string) (*File, error) {
	text, err := Text(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, text)
}

// Text returns the content of a file that is a regular one, or a link to one, and of a size that is read. It neither waits
// for a pipe nor reads a device. The error is an *Error.
func Text(path string) ([]byte, error) {
	text, err := read(path)
	if err != nil {
		var onPath *fs.PathError
		if errors.As(err, &onPath) {
			err = onPath.Err
		}
		return nil, &Error{Path: path, Reason: err.Error(), cause: err}
	}
	return text, nil
}

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if to, link := os.Readlink(path); link == nil {
			return nil, fmt.Errorf("is a link to %s, which is not there", to)
		}
		return nil, err
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("is a folder, not a file")
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	case info.Size() > MaxSize:
		return nil, tooLarge(info.Size())
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// What is not on a disk may have more than it says.
	text, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err == nil && len(text) > MaxSize {
		err = fmt.Errorf("has more than %d MiB, which is not read", MaxSize>>20)
	}
	return text, err
}

func tooLarge(size int64) error {
	return fmt.Errorf("is %.1f MiB; more than %d MiB is not read", float64(size)/(1<<20), MaxSize>>20)
}

var lineOfError = regexp.MustCompile(`^(?:error converting YAML to JSON: )?yaml: line (\d+): `)

// Parse reads the text of the values file at a path. The error is an *Error.
func Parse(path string, text []byte) (file *File, err error) {
	fail := func(line int, reason string) (*File, error) {
		return nil, &Error{Path: path, Line: line, Reason: reason}
	}
	if len(text) > MaxSize {
		return fail(0, tooLarge(int64(len(text))).Error())
	}
	if at := bytes.IndexByte(text, 0); at >= 0 || !utf8.Valid(text) {
		return fail(0, "is not text but binary data, or not UTF-8")
	}
	if line := tooDeep(text); line > 0 {
		return fail(line, fmt.Sprintf("is nested deeper than %d levels", maxDepth))
	}
	// Neither library may take the program down.
	defer func() {
		if r := recover(); r != nil {
			file, err = fail(0, fmt.Sprintf("cannot be read as YAML: %v", r))
		}
	}()
	file = &File{Path: path, Size: len(text)}
	if err := yaml.Unmarshal(text, &file.Values); err != nil {
		words, line := err.Error(), 0
		if match := lineOfError.FindStringSubmatch(words); match != nil {
			line, _ = strconv.Atoi(match[1])
			words = words[len(match[0]):]
		}
		words = strings.TrimPrefix(words, "error converting YAML to JSON: yaml: ")
		if strings.Contains(words, "cannot unmarshal") && strings.Contains(words, "map[string]interface") {
			return fail(1, "is not a map of values: write `key: value`")
		}
		return fail(line, "is not YAML: "+words)
	}
	file.parse(text)
	return file, nil
}

// parse keeps the text of the first document, and where others begin.
func (f *File) parse(text []byte) {
	decoder := yamlv3.NewDecoder(bytes.NewReader(text))
	for first := true; ; first = false {
		var document yamlv3.Node
		err := decoder.Decode(&document)
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			if !first {
				f.More = append(f.More, lineOf(err))
			}
			return
		case len(document.Content) != 1:
		case first:
			f.root = document.Content[0]
		case document.Content[0].Tag != "!!null":
			f.More = append(f.More, document.Content[0].Line)
		}
	}
}

var lineInError = regexp.MustCompile(`line (\d+)`)

// lineOf is the line that an error of the YAML library names, or 1.
func lineOf(err error) int {
	if match := lineInError.FindStringSubmatch(err.Error()); match != nil {
		if line, err := strconv.Atoi(match[1]); err == nil && line > 0 {
			return line
		}
	}
	return 1
}

// maxDepth is how deep values may be nested. Both libraries recurse.
const maxDepth = 200

// tooDeep returns the first line on which brackets or indentation are deeper than maxDepth levels, or 0. It is a bound,
// not a parser: brackets in text count too, and are closed there as a rule.
func tooDeep(text []byte) int {
	depth, line, indent, atStart := 0, 1, 0, true
	for _, c := range text {
		switch c {
		case '\n':
			line, indent, atStart = line+1, 0, true
			continue
		case ' ':
			if atStart {
				indent++
			}
			continue
		case '-':
			if atStart {
				indent++
				if indent > 2*maxDepth {
					return line
				}
				continue
			}
		case '[', '{':
			depth++
			if depth > maxDepth {
				return line
			}
		case ']', '}':
			depth = max(0, depth-1)
		}
		atStart = false
	}
	return 0
}

// Position returns where a value is written: a path of keys as Helm reads them, and indices of lists. Where the whole path
// is not in the file, it is the place of the longest part that is, and known is that part's length.
func (f *File) Position(path []string) (at Position, known int) {
	f.indexed.Do(func() {
		f.index = map[string]Position{}
		f.walk(func(e Entry) { f.index[joined(e.Path)] = e.Position })
	})
	for known = len(path); known > 0; known-- {
		if at, ok := f.index[joined(path[:known])]; ok {
			return at, known
		}
	}
	return Position{}, 0
}

func joined(path []string) string { return strings.Join(path, "\x00") }
