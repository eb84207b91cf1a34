package scale

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
)

// sample is what was measured over one batch of deploys.
type sample struct {
	// Phase is install, upgrade or uninstall.
	Phase string
	// Releases in the cluster at the end of the batch.
	Releases int
	// Helm3 and Helm4 are what one deploy took.
	Helm3, Helm4 cost
	// ControllerRequests are the API requests of everything else, such as controllers and nodes, for each deploy.
	ControllerRequests float64
	// ControlPlaneMiB is the memory that the whole control plane holds (resident), StorageMiB the size of etcd's database.
	ControlPlaneMiB, StorageMiB float64
}

// cost is what one deploy took: seconds are medians over the batch, the rest are means.
type cost struct {
	Seconds float64 // until Helm was done, which includes that the pods are ready
	CPU     float64 // seconds of processor time of Helm itself
	// Requests are all API requests of Helm, Writes those that change something: the others depend on how long Helm waits.
	Requests, Writes float64
}

// requests are counted in the audit log.
type requests struct{ all, writes int }

// auditReader counts what was added to the audit log since it last looked.
type auditReader struct{ offset int64 }

// count returns the requests of deployers by the major of their Helm, and the number of all others.
func (a *auditReader) count(t *testing.T) (helm map[int]requests, others int) {
	t.Helper()
	log, err := os.Open(admin.AuditLog)
	require.NoError(t, err)
	defer log.Close()
	_, err = log.Seek(a.offset, io.SeekStart)
	require.NoError(t, err)

	helm = map[int]requests{}
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return helm, others // at the end, perhaps within a line that is being written
		}
		a.offset += int64(len(line))
		// Each request is logged once more when it comes in, each watch when it begins.
		if !bytes.Contains(line, []byte(`"stage":"ResponseComplete"`)) {
			continue
		}
		var event auditv1.Event
		require.NoError(t, json.Unmarshal(line, &event))
		major := 0
		switch {
		case !strings.HasSuffix(event.User.Username, ":deployer"):
		case strings.HasPrefix(event.UserAgent, "Helm/3."):
			major = 3
		case strings.HasPrefix(event.UserAgent, "Helm/4."):
			major = 4
		}
		if major == 0 {
			others++
			continue
		}
		counted := helm[major]
		counted.all++
		if slices.Contains([]string{"create", "update", "patch", "delete"}, event.Verb) {
			counted.writes++
		}
		helm[major] = counted
	}
}

// gauges returns two of the API server's metrics, in MiB: the memory of its process, which is that of the whole
// embedded control plane, and the size of the database.
// https://kubernetes.io/docs/reference/instrumentation/metrics/
func gauges(t *testing.T) (memory, storage float64) {
	t.Helper()
	page, err := admin.Typed.Discovery().RESTClient().Get().AbsPath("/metrics").DoRaw(t.Context())
	require.NoError(t, err)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(page))
	require.NoError(t, err)
	value := func(name string) float64 {
		require.Contains(t, families, name)
		require.Len(t, families[name].Metric, 1)
		metric := families[name].Metric[0]
		require.Equal(t, dto.MetricType_GAUGE, families[name].GetType(), name)
		return metric.GetGauge().GetValue() / (1 << 20)
	}
	return value("process_resident_memory_bytes"), value("apiserver_storage_size_bytes")
}

// median of durations, in seconds.
func median(all []time.Duration) float64 {
	slices.Sort(all)
	return all[len(all)/2].Seconds()
}
