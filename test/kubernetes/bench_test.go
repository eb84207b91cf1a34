package kubernetes

import (
	"testing"
)

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
	for b.Loop() {
		check()
	}
}

func BenchmarkUpdate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if problems, err := Version("1.37").Update(Parse([]byte(exampleDeployment)), Parse([]byte(exampleDeployment)), "the-project"); err != nil || len(problems) > 0 {
			b.Fatal(err, problems)
		}
	}
}

func BenchmarkPodSecurity(b *testing.B) {
	document := Parse([]byte(exampleDeployment))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Version("1.37").PodSecurity(document, "restricted"); err != nil {
			b.Fatal(err)
		}
	}
}
