package kubernetes

import (
	"context"
	"net"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/storagebackend"
	"k8s.io/apiserver/pkg/storage/storagebackend/factory"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/kubeapiserver/options"
	"k8s.io/kubernetes/pkg/registry/core/service/ipallocator"
	"k8s.io/kubernetes/pkg/registry/core/service/portallocator"
	servicestorage "k8s.io/kubernetes/pkg/registry/core/service/storage"
)

// allocate gives a Service what its storage gives it before the rules are asked: families, addresses and ports. It
// returns why it gets none; what only a cluster with one family of addresses would refuse is undecided.
func allocate(ctx context.Context, service, stored *core.Service) (refused, undecided []Problem) {
	if needsFamilies(service) {
		for _, problem := range allocateIn(ctx, singleStack, service.DeepCopy(), stored) {
			problem.Source = Undecided
			undecided = append(undecided, problem)
		}
	}
	if refused = allocateIn(ctx, dualStack, service, stored); len(refused) > 0 {
		return refused, nil
	}
	return nil, undecided
}

// needsFamilies says whether a Service asks for more than whatever family of addresses the cluster has.
func needsFamilies(service *core.Service) bool {
	policy := service.Spec.IPFamilyPolicy
	return len(service.Spec.IPFamilies) > 0 || len(service.Spec.ClusterIPs) > 0 || policy != nil && *policy != core.IPFamilyPolicySingleStack
}

func allocateIn(ctx context.Context, cluster func() (*servicestorage.REST, error), service, stored *core.Service) []Problem {
	services, err := cluster()
	if err != nil {
		return problemsOfStatus(err)
	}
	if stored == nil {
		_, err = services.BeginCreate(ctx, service, &metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	} else {
		_, err = services.BeginUpdate(ctx, service, stored.DeepCopy(), &metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}})
	}
	return problemsOfStatus(err)
}

// The API server's storage of Services, in clusters with one family of addresses and with both.
var (
	singleStack = sync.OnceValues(func() (*servicestorage.REST, error) { return serviceStorage("192.0.2.1") })
	dualStack   = sync.OnceValues(func() (*servicestorage.REST, error) { return serviceStorage("192.0.2.1", "2001:db8::1") })
)

func serviceStorage(addresses ...string) (*servicestorage.REST, error) {
	allocators := map[core.IPFamily]ipallocator.Interface{}
	for _, text := range addresses {
		address := anyAddress(net.ParseIP(text))
		allocators[address.IPFamily()] = address
	}
	ports, err := portallocator.NewInMemory(options.DefaultServiceNodePortRange)
	if err != nil {
		return nil, err
	}
	services, _, _, err := servicestorage.NewREST(nowhere{}, core.IPv4Protocol, allocators, ports, nil, nil, nil)
	return services, err
}

// nowhere has no storage: nothing is stored.
type nowhere struct{}

func (nowhere) GetRESTOptions(resource schema.GroupResource, _ runtime.Object) (generic.RESTOptions, error) {
	return generic.RESTOptions{
		StorageConfig:  &storagebackend.ConfigForResource{},
		ResourcePrefix: resource.Resource,
		Decorator: func(*storagebackend.ConfigForResource, string, func(runtime.Object) (string, error), func() runtime.Object, func() runtime.Object,
			storage.AttrFunc, storage.IndexerFuncs, *cache.Indexers) (storage.Interface, factory.DestroyFunc, error) {
			return nil, nil, nil
		},
	}, nil
}

// anyAddress is an allocator that has every address that is asked for, since which ones a cluster has is its own affair,
// and gives this one where none is.
type anyAddress net.IP

func (a anyAddress) Allocate(net.IP) error         { return nil }
func (a anyAddress) AllocateNext() (net.IP, error) { return net.IP(a), nil }
func (a anyAddress) Release(net.IP) error          { return nil }
func (a anyAddress) ForEach(func(net.IP))          {}
func (a anyAddress) Has(net.IP) bool               { return false }
func (a anyAddress) Destroy()                      {}
func (a anyAddress) EnableMetrics()                {}
func (a anyAddress) DryRun() ipallocator.Interface { return a }

func (a anyAddress) CIDR() net.IPNet {
	bits := 8 * len(a)
	return net.IPNet{IP: net.IP(a), Mask: net.CIDRMask(0, bits)}
}

func (a anyAddress) IPFamily() core.IPFamily {
	if net.IP(a).To4() != nil {
		return core.IPv4Protocol
	}
	return core.IPv6Protocol
}
