package rollout

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestIsTransient(t *testing.T) {
	t.Parallel()
	pods := schema.GroupResource{Resource: "pods"}
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{fmt.Errorf("read: %w", &net.OpError{Op: "dial", Err: errors.New("refused")}), true},
		{apierrors.NewTooManyRequests("later", 1), true},
		{apierrors.NewInternalError(errors.New("etcd")), true},
		{apierrors.NewServiceUnavailable("starting"), true},
		{errors.New("helm rollback: exit status 1\nError: Kubernetes cluster unreachable: Get \"https://api/version\": dial tcp: connect: connection refused"), true},
		{errors.New("helm rollback: exit status 1\nError: Get \"https://api/\": EOF"), true},
		{apierrors.NewForbidden(pods, "app", errors.New("quota")), false},
		{apierrors.NewNotFound(pods, "app"), false},
		{errors.New(`helm rollback: exit status 1
Error: cannot patch "files-data" with kind PersistentVolumeClaim: PersistentVolumeClaim "files-data" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than status.capacity`), false},
		{errors.New(`helm rollback: exit status 1
Error: conflict occurred while applying object project/app apps/v1, Kind=Deployment: Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas`), false},
	} {
		require.Equal(t, c.want, isTransient(c.err), "%v", c.err)
	}
}

func TestLastLine(t *testing.T) {
	t.Parallel()
	require.Equal(t, "no way: it is immutable", lastLine(errors.New("helm rollback: exit status 1\nlevel=WARN msg=x\nError: no way:\n  it is immutable\n")))
	require.Equal(t, "exit status 2", lastLine(errors.New("exit status 2")))
}
