package kubernetes

import (
	"syscall"
	"testing"
	"time"
)

// processor reports what one operation takes of a processor, the collector's part with it: on a busy machine the time on
// the clock says little.
func processor(b *testing.B) {
	b.Helper()
	before := used(b)
	b.Cleanup(func() { b.ReportMetric(float64(used(b)-before)/float64(b.N), "cpu-ns/op") })
}

func used(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// One document, for one version.
func BenchmarkCreate(b *testing.B) {
	for _, kind := range kinds {
		b.Run(Parse([]byte(kind.good)).Kind().Kind, func(b *testing.B) { create(b, kind.good, "1.37") })
	}
}

// The same document for every version, as a fleet is checked: what does not differ between them is done once.
func BenchmarkCreateInAllVersions(b *testing.B) {
	for _, kind := range kinds {
		b.Run(Parse([]byte(kind.good)).Kind().Kind, func(b *testing.B) { create(b, kind.good, Versions()...) })
	}
}

func create(b *testing.B, text string, versions ...Version) {
	check := func() {
		document := Parse([]byte(text))
		for _, version := range versions {
			if problems, err := version.Create(document, "the-project"); err != nil || len(problems) > 0 {
				b.Fatal(err, problems)
			}
		}
	}
	check() // what is made ready once
	b.ReportAllocs()
	processor(b)
	for b.Loop() {
		check()
	}
}

func BenchmarkUpdate(b *testing.B) {
	b.ReportAllocs()
	processor(b)
	for b.Loop() {
		if problems, err := Version("1.37").Update(Parse([]byte(exampleDeployment)), Parse([]byte(exampleDeployment)), "the-project"); err != nil || len(problems) > 0 {
			b.Fatal(err, problems)
		}
	}
}

func BenchmarkPodSecurity(b *testing.B) {
	document := Parse([]byte(exampleDeployment))
	b.ReportAllocs()
	processor(b)
	for b.Loop() {
		if _, err := Version("1.37").PodSecurity(document, "restricted"); err != nil {
			b.Fatal(err)
		}
	}
}
