package histories

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// gate is a listener that can refuse connections for a while.
type gate struct {
	address net.Addr

	mutex  sync.Mutex
	inner  net.Listener  // nil while it refuses
	opened chan struct{} // closed when inner is there
	closed chan struct{}
	conns  map[net.Conn]bool
}

// newGate listens on a port that nobody is given by the kernel meanwhile.
func newGate() (*gate, error) {
	for range 1000 {
		inner, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000)))
		if err != nil {
			continue
		}
		g := &gate{address: inner.Addr(), inner: inner, opened: make(chan struct{}), closed: make(chan struct{}), conns: map[net.Conn]bool{}}
		close(g.opened)
		return g, nil
	}
	return nil, errors.New("no port is free")
}

// Accept waits until connections are not refused any more.
func (g *gate) Accept() (net.Conn, error) {
	for {
		g.mutex.Lock()
		inner, opened := g.inner, g.opened
		g.mutex.Unlock()
		if inner != nil {
			conn, err := inner.Accept()
			if err == nil {
				g.mutex.Lock()
				g.conns[conn] = true
				g.mutex.Unlock()
				return &gated{conn, g}, nil
			}
		}
		select {
		case <-g.closed:
			return nil, net.ErrClosed
		case <-opened:
		}
	}
}

// gated is a connection that is forgotten when it is closed.
type gated struct {
	net.Conn
	gate *gate
}

func (c *gated) Close() error {
	c.gate.mutex.Lock()
	delete(c.gate.conns, c.Conn)
	c.gate.mutex.Unlock()
	return c.Conn.Close()
}

// refuse ends all connections, and takes no new ones for a while.
func (g *gate) refuse(d time.Duration) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.inner == nil {
		return
	}
	_ = g.inner.Close()
	g.inner, g.opened = nil, make(chan struct{})
	for conn := range g.conns {
		reset(conn)
	}
	time.AfterFunc(d, g.open)
}

// open ends a refusal.
func (g *gate) open() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	select {
	case <-g.closed:
		return
	default:
	}
	if g.inner != nil {
		return
	}
	inner, err := net.Listen("tcp", g.address.String())
	if err != nil {
		time.AfterFunc(100*time.Millisecond, g.open)
		return
	}
	g.inner = inner
	close(g.opened)
}

// Close ends Accept.
func (g *gate) Close() error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	select {
	case <-g.closed:
		return nil
	default:
	}
	close(g.closed)
	if g.inner != nil {
		return g.inner.Close()
	}
	return nil
}

// Addr is where it listens.
func (g *gate) Addr() net.Addr { return g.address }

// reset ends a connection with an RST.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
