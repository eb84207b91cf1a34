package main

import (
	"bufio"
	"encoding/json"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// logEntry is a line of the service's log.
type logEntry struct {
	Level      string   `json:"level"`
	Message    string   `json:"msg"`
	Error      string   `json:"error"`
	Address    string   `json:"address"`
	Version    string   `json:"version"`
	Revision   string   `json:"revision"`
	Path       string   `json:"path"`
	Status     int      `json:"status"`
	Errors     []string `json:"errors"`
	Stack      string   `json:"stack"`
	Stacktrace string   `json:"stacktrace"`
}

// logReader reads a log while it is written.
type logReader struct {
	lines <-chan string
	mutex sync.Mutex
	text  string
}

// readLog reads the log from source, to its end. The log of a failed test is shown.
func readLog(t *testing.T, source io.Reader) *logReader {
	lines := make(chan string, 1000)
	reader := &logReader{lines: lines}
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(source); scanner.Scan(); {
			reader.mutex.Lock()
			reader.text += scanner.Text() + "\n"
			reader.mutex.Unlock()
			lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log:\n%s", reader.all())
		}
	})
	return reader
}

// all returns what was logged so far.
func (r *logReader) all() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.text
}

// waitFor returns the next entry with the message. Lines that are not the service's are passed over.
func (r *logReader) waitFor(t *testing.T, message string) logEntry {
	t.Helper()
	timeout := time.After(deadline)
	for {
		select {
		case line, open := <-r.lines:
			require.True(t, open, "the log ended before %q came", message)
			var entry logEntry
			if json.Unmarshal([]byte(line), &entry) == nil && entry.Message == message {
				return entry
			}
		case <-timeout:
			require.FailNow(t, "no log line "+message)
		}
	}
}

// rest waits for the end of the log, and returns the lines that were not read.
func (r *logReader) rest(t *testing.T) []string {
	t.Helper()
	timeout := time.After(deadline)
	var rest []string
	for {
		select {
		case line, open := <-r.lines:
			if !open {
				return rest
			}
			rest = append(rest, line)
		case <-timeout:
			require.FailNow(t, "the log does not end")
		}
	}
}

// testLog returns a logger and what it writes, from the debug level on.
func testLog(t *testing.T) (*zap.Logger, *logReader) {
	source, sink := io.Pipe()
	t.Cleanup(func() { _ = sink.Close() })
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	log := zap.New(zapcore.NewCore(encoder, zapcore.AddSync(sink), zap.DebugLevel),
		zap.ErrorOutput(zapcore.AddSync(io.Discard))) // A handler may still log when its test is over.
	return log, readLog(t, source)
}

func TestDebugPrinter(t *testing.T) {
	log, entries := testLog(t)
	debugPrinter(log)("%s is on\n", "debug mode")
	entry := entries.waitFor(t, "gin: debug mode is on")
	assert.Equal(t, "debug", entry.Level)
}
