package module

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDownloadErrors(t *testing.T) {
	right := Release{Path: "golang.org/x/sync", Version: "v0.24.0", Sum: "h1:iqiDrGoDgyuvAKrhLQthUEzU/R378N78gXbBjxed7oA="}
	tests := map[string]struct {
		change func(*Release)
		want   string
	}{
		"another sum":  {func(r *Release) { r.Sum = "h1:another" }, "the sum is " + right.Sum + ", not h1:another"},
		"no such path": {func(r *Release) { r.Path = "example.com/nothing here" }, "malformed module path"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := right
			test.change(&r)
			_, err := Download(t.Context(), r)
			require.ErrorContains(t, err, test.want)
		})
	}
}
