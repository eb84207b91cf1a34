package cover

import (
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strconv"
)

type coberturaRates struct {
	Line       string `xml:"line-rate,attr"`
	Branch     string `xml:"branch-rate,attr"`
	Complexity string `xml:"complexity,attr"`
}

type coberturaReport struct {
	XMLName xml.Name `xml:"coverage"`
	coberturaRates
	LinesCovered    int                `xml:"lines-covered,attr"`
	LinesValid      int                `xml:"lines-valid,attr"`
	BranchesCovered int                `xml:"branches-covered,attr"`
	BranchesValid   int                `xml:"branches-valid,attr"`
	Version         string             `xml:"version,attr"`
	Timestamp       string             `xml:"timestamp,attr"`
	Sources         []string           `xml:"sources>source"`
	Packages        []coberturaPackage `xml:"packages>package"`
}

type coberturaPackage struct {
	Name string `xml:"name,attr"`
	coberturaRates
	Classes []coberturaClass `xml:"classes>class"`
}

type coberturaClass struct {
	Name     string `xml:"name,attr"`
	Filename string `xml:"filename,attr"`
	coberturaRates
	Methods struct{}        `xml:"methods"`
	Lines   []coberturaLine `xml:"lines>line"`
}

type coberturaLine struct {
	Number    int    `xml:"number,attr"`
	Hits      int    `xml:"hits,attr"`
	Branch    bool   `xml:"branch,attr"`
	Condition string `xml:"condition-coverage,attr,omitempty"`
}

// tally counts for rates.
type tally struct{ lines, hit, arms, reached int }

func (t tally) plus(o tally) tally {
	return tally{t.lines + o.lines, t.hit + o.hit, t.arms + o.arms, t.reached + o.reached}
}

func (t tally) rates() coberturaRates {
	rate := func(part, of int) string {
		if of == 0 {
			return "1"
		}
		return strconv.FormatFloat(float64(part*10000/of)/10000, 'f', -1, 64)
	}
	return coberturaRates{Line: rate(t.hit, t.lines), Branch: rate(t.reached, t.arms), Complexity: "0"}
}

// Cobertura writes what GitLab shows at the lines of a merge request: those in which an arm is missed count as not hit. A
// package is a chart, or one in its folder charts/.
func Cobertura(out io.Writer, r Report) error {
	report := coberturaReport{Version: "1", Timestamp: "0", Sources: []string{"."}}
	var whole tally
	for _, part := range r.Parts {
		pkg := coberturaPackage{Name: path.Join(r.Folder, part.Folder)}
		var all tally
		for _, file := range r.Files() {
			if r.partOf(file) != part.Folder {
				continue
			}
			class, counted := r.class(file)
			pkg.Classes = append(pkg.Classes, class)
			all = all.plus(counted)
		}
		if len(pkg.Classes) > 0 {
			pkg.coberturaRates = all.rates()
			report.Packages = append(report.Packages, pkg)
			whole = whole.plus(all)
		}
	}
	report.coberturaRates = whole.rates()
	report.LinesCovered, report.LinesValid, report.BranchesCovered, report.BranchesValid = whole.hit, whole.lines, whole.reached, whole.arms
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(report); err != nil {
		return err
	}
	_, err := io.WriteString(out, "\n")
	return err
}

// partOf is the folder of the chart that a file belongs to.
func (r Report) partOf(file string) string {
	for _, arm := range r.Arms {
		if arm.File == file {
			return arm.Chart
		}
	}
	return ""
}

func (r Report) class(file string) (coberturaClass, tally) {
	class := coberturaClass{Name: path.Base(file), Filename: r.file(file)}
	var counted tally
	for _, line := range r.Lines(file) {
		written := coberturaLine{Number: line.Number, Hits: line.Hits, Branch: len(line.Arms) > 0}
		reached := 0
		for _, arm := range line.Arms {
			if len(arm.By) > 0 {
				reached++
			}
		}
		if written.Branch {
			written.Condition = fmt.Sprintf("%d%% (%d/%d)", reached*100/len(line.Arms), reached, len(line.Arms))
		}
		counted = counted.plus(tally{lines: 1, hit: min(line.Hits, 1), arms: len(line.Arms), reached: reached})
		class.Lines = append(class.Lines, written)
	}
	class.coberturaRates = counted.rates()
	return class, counted
}
