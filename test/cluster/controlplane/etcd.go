package main

import (
	"context"
	"net/url"

	"go.etcd.io/etcd/server/v3/embed"
)

// etcdSocket is where etcd listens: a socket in the cluster's folder, which only its owner may enter. A TCP port
// would be open to every user of the machine.
const etcdSocket = "unix://etcd.sock"

// startEtcd starts a single etcd member and returns it when it serves.
func startEtcd(ctx context.Context) (*embed.Etcd, error) {
	client := []url.URL{{Scheme: "unix", Host: "etcd.sock"}}
	peer := []url.URL{{Scheme: "unix", Host: "etcd-peer.sock"}}

	cfg := embed.NewConfig()
	cfg.Dir = "etcd"
	cfg.LogLevel = "error"
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = client, client
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = peer, peer
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	// The data dies with the cluster: waiting for the disk would only cost time.
	cfg.UnsafeNoFsync = true
	// A single member elects itself: no reason to wait the usual second.
	cfg.TickMs, cfg.ElectionMs = 10, 50

	etcd, err := embed.StartEtcd(cfg)
	if err != nil {
		return nil, err
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return etcd, nil
	case err := <-etcd.Err():
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
