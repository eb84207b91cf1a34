package check

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"gitlab.example.com/platform/slipway/test/render"
	"gitlab.example.com/platform/slipway/test/valuesfile"
)

// ManifestFile is a file of objects that are applied as they are written, without a chart.
type ManifestFile struct {
	Path string
	Text []byte
}

// Manifests checks the objects of files beside each other, as if one release of that service, environment and namespace had made
// them all. It returns how many objects there are, too.
func (c *Checker) Manifests(ctx context.Context, release Release, files []ManifestFile) (result Result, objects int, err error) {
	s := &service{Checker: c, documents: documents{}, result: Result{Spent: map[string]int64{}}}
	all := asWritten{texts: map[string]*valuesfile.File{}}
	for _, file := range files {
		s.add(release, release.Environment, all.read(file)...)
	}
	findings, err := s.objects(ctx, release, all.documents, c.settings.Versions)
	if err != nil {
		return Result{}, 0, err
	}
	s.made(release, all.documents)
	findings = append(findings, Routes(s.result.Claims)...)
	for _, f := range findings {
		s.add(release, release.Environment, all.placed(f))
	}
	return s.done(), len(all.documents), nil
}

// asWritten are objects with where they are written: the template of each is its file and line.
type asWritten struct {
	documents []render.Document
	texts     map[string]*valuesfile.File // by that; nil for an item of a List
}

// read adds the objects of a file.
func (w *asWritten) read(file ManifestFile) (findings []Finding) {
	for _, part := range split(file.Text) {
		at := fmt.Sprintf("%s:%d", file.Path, part.line)
		documents, err := render.Read(at, string(part.text))
		if err != nil {
			f := manifestError.finding(oneLine(reasonOf(err, at)), "Write an object of Kubernetes, with apiVersion, kind and metadata.")
			f.File, f.Line = file.Path, part.line
			findings = append(findings, f)
			continue
		}
		w.documents = append(w.documents, documents...)
		if text, err := valuesfile.Parse(file.Path, part.text); err == nil && len(documents) == 1 {
			w.texts[at] = text
		}
	}
	return findings
}

// reasonOf is an error without the place, which the finding has.
func reasonOf(err error, at string) string {
	return strings.TrimPrefix(err.Error(), at+": ")
}

// placed gives a finding about an object the line of its field, or else that of the object.
func (w *asWritten) placed(f Finding) Finding {
	at := f.Template
	if at == "" {
		for _, d := range w.documents {
			if d.String() == f.Object {
				at = d.Template
			}
		}
	}
	end := strings.LastIndex(at, ":")
	if end < 0 {
		return f
	}
	f.Template, f.File = "", at[:end]
	if _, err := fmt.Sscan(at[end+1:], &f.Line); err != nil {
		return f
	}
	if text := w.texts[at]; text != nil && f.Field != "" {
		if position, known := text.Position(splitPath(f.Field)); known > 0 {
			f.Line += position.Line - 1
		}
	}
	return f
}

// part is one document of a file.
type part struct {
	text []byte
	line int // its first that is not empty, from 1
}

// split cuts a file at the lines that begin with ---; what holds nothing is left out.
func split(text []byte) (parts []part) {
	open := part{line: 1}
	line := 0
	flush := func() {
		if len(bytes.TrimSpace(open.text)) > 0 {
			parts = append(parts, open)
		}
	}
	for content := range bytes.Lines(text) {
		line++
		if rest, is := bytes.CutPrefix(content, []byte("---")); is && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r\n")) {
			flush()
			// A comment may stand behind it, or an object; it keeps its line.
			open = part{line: line, text: append([]byte("   "), rest...)}
			if len(bytes.TrimSpace(rest)) == 0 {
				open = part{line: line + 1}
			}
			continue
		}
		if len(open.text) == 0 && len(bytes.TrimSpace(content)) == 0 {
			open.line = line + 1
			continue
		}
		open.text = append(open.text, content...)
	}
	flush()
	return parts
}
