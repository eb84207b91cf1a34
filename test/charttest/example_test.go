package charttest_test

import (
	"context"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"gitlab.example.com/platform/slipway/test/charttest"
)

// test stands for the t of a test, which an example does not have.
type test struct{ testing.TB }

func (test) Helper()                           {}
func (test) Name() string                      { return "Example" }
func (test) Context() context.Context          { return context.Background() }
func (test) Errorf(format string, args ...any) { fmt.Printf(format, args...) }
func (test) FailNow()                          { panic("the example failed") }

var t test

func ExampleNew() {
	manifests := charttest.New(t, "testdata/thing").Values("port: 8080").Render()
	service := charttest.Get[*corev1.Service](manifests, "thing")
	fmt.Println(service.Spec.Ports[0].Port)
	// Output: 8080
}

func ExampleNone() {
	manifests := charttest.New(t, "testdata/thing").Render()
	charttest.None[*corev1.Secret](manifests)
	fmt.Println(manifests.Documents)
	// Output: [Service/thing]
}

func ExampleCase_Kubernetes() {
	manifests := charttest.New(t, "testdata/thing").Release("shop", "the-project").Kubernetes("1.31").Render()
	fmt.Print(manifests.Notes)
	// Output: Call it at port 80 with Kubernetes 31.
}

func ExampleCase_Refused() {
	charttest.New(t, "testdata/thing").Values("port: 70000").Refused("port", "maximum")
	charttest.New(t, "testdata/thing").Set("headless=true", "ingress=true").Refused("ingress", "leave out headless")
	fmt.Println("both are refused, with these words")
	// Output: both are refused, with these words
}

func ExampleCase_For() {
	base := charttest.New(t, "testdata/thing").Values("port: 8080")
	for _, headless := range []string{"true", "false"} {
		// In a test: t.Run(headless, func(t *testing.T) { base.For(t)… }).
		service := charttest.Get[*corev1.Service](base.For(t).Set("headless="+headless).Render(), "thing")
		fmt.Println(headless, service.Spec.ClusterIP)
	}
	// Output:
	// true None
	// false
}
