package deploy

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/watch"
)

// recording is all that a watch tells, in its order.
type recording struct {
	mutex  sync.Mutex
	events []watch.Event
}

// record starts to record a watch, from now until the test ends.
func record(t *testing.T, watcher watch.Interface, err error) *recording {
	t.Helper()
	require.NoError(t, err)
	var r recording
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for event := range watcher.ResultChan() {
			r.mutex.Lock()
			r.events = append(r.events, event)
			r.mutex.Unlock()
		}
	}()
	t.Cleanup(func() {
		watcher.Stop()
		<-ended
	})
	return &r
}

// seen returns all events so far.
func (r *recording) seen() []watch.Event {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.events[:len(r.events):len(r.events)]
}
