// Command load asks the example service at a fixed rate, whatever becomes of the answers, and counts every request that
// did not get the right one. It runs as a pod in the cluster, beside the service:
//
//	load -ingress https://api.example.com/example/api/endpoint -ingress-address 172.18.0.2:443 \
//	  -service http://example-microservice:8080/example/api/endpoint
//
// Sixteen streams run at once: through the Ingress and through the Service, on kept connections and on new ones, GET
// and POST, answers at once and answers that take long. Nothing is asked twice. On port 8080 `POST /phase?name=upgrade`
// begins a phase, and `GET /report?name=upgrade` returns what became of its requests.
//
//	load -once http://example-microservice:8080/example/api/endpoint
//
// asks once, and its exit code says whether the answer was right.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ingress := flag.String("ingress", "", "URL of the service through the Ingress")
	address := flag.String("ingress-address", "", "where the ingress controller listens, host:port")
	service := flag.String("service", "", "URL of the service through its Service")
	short := flag.Float64("short", 10, "requests a second of each stream whose answers come at once")
	long := flag.Float64("long", 2, "requests a second of each stream whose answers take long")
	delay := flag.Duration("delay", 3*time.Second, "how long the long answers take")
	listen := flag.String("listen", ":8080", "address that phases and reports are asked for at")
	once := flag.String("once", "", "URL of the service, to ask once and end")
	flag.Parse()
	if *once != "" {
		s := &stream{method: http.MethodGet, url: *once}
		return s.ask(newClient(target{dial: new(net.Dialer).DialContext}, false))
	}

	roots, err := authorities(os.Getenv("CA"))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	phases := newPhases()
	targets := []target{
		{name: "Ingress", url: *ingress, dial: dialOnly(*address), tls: &tls.Config{RootCAs: roots}},
		{name: "Service", url: *service, dial: new(net.Dialer).DialContext},
	}
	for i, s := range streams(targets, *short, *long, *delay) {
		// Spread out, so that they do not all ask at the same moment.
		go s.run(ctx, time.Duration(i)*7*time.Millisecond, phases)
	}

	server := &http.Server{Addr: *listen, Handler: phases.handler()}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// authorities returns the certificates that are trusted beside none.
func authorities(pem string) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(pem)) {
		return nil, fmt.Errorf("the variable CA holds no certificate")
	}
	return pool, nil
}

// dialOnly returns a dialer that connects to one address, whatever the URL says.
func dialOnly(address string) dialer {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}
