package follow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParsePatience(t *testing.T) {
	all := Patience{}
	for k := range defaults {
		all[k] = limit{}
	}
	for text, want := range map[string]Patience{
		"":                             {},
		"crashes=5,config=2m":          {crash: {times: 5}, config: {lasts: 2 * time.Minute}},
		"pull=5":                       {image: {times: 5}},
		"pull=5m":                      {image: {lasts: 5 * time.Minute}},
		" ready=1m30s , start=10s":     {notReady: {lasts: 90 * time.Second}, notStarted: {lasts: 10 * time.Second}},
		"crashes=never,deadline=never": {crash: {}, none: {}},
		"never":                        all,
		"crashes=2,crashes=4":          {crash: {times: 4}},
	} {
		got, err := ParsePatience(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	got, err := ParsePatience("never,node=1h,image=1s,pods=2s")
	require.NoError(t, err)
	require.Equal(t, limit{lasts: time.Hour}, got[unschedulable])
	require.Equal(t, limit{}, got[crash])
	require.Len(t, got, len(defaults), "every kind of trouble has a default")
	require.Len(t, named, len(defaults), "and a name")

	for text, says := range map[string]string{
		"crashs=5":           `"crashs=5": there is no kind "crashs"; there are crashes=NUMBER, `,
		"config=2m,crashes":  `"crashes": has no limit; there are`,
		"crashes=0":          `"crashes=0": "0" is no limit of crashes`,
		"crashes=2m":         `"2m" is no limit of crashes`,
		"config=2":           `"2" is no limit of config`,
		"config=-1m":         `"-1m" is no limit of config`,
		"deadline=5m":        `"5m" is no limit of deadline`,
		"crashes=5 node=1m":  `"5 node=1m" is no limit of crashes`,
		"crashes=5,,node=1m": `"": has no limit`,
	} {
		_, err := ParsePatience(text)
		require.ErrorContains(t, err, says, text)
	}
}

// The annotation wins over the command, and that over the defaults, kind by kind.
func TestPatienceOver(t *testing.T) {
	command := Patience{crash: {times: 5}, config: {}}
	annotated := Patience{crash: {times: 9}}
	got := annotated.Over(command).Over(defaults)
	require.Equal(t, limit{times: 9}, got[crash])
	require.Equal(t, limit{}, got[config])
	require.Equal(t, defaults[image], got[image])
	require.Equal(t, limit{times: 3}, defaults[crash])
	require.Equal(t, command, Patience(nil).Over(command))
	require.Equal(t, command, command.Over(nil))
}
