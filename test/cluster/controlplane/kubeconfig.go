package main

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"os"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// writeKubeconfig writes a kubeconfig for user, a member of the group that may do everything, to file (mode 0600).
// It needs no other file.
func (a authority) writeKubeconfig(file string, server *net.TCPAddr, user string) error {
	certPEM, keyPEM, err := a.sign(x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: []string{"system:masters"}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return err
	}
	const name = "slipway"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: "https://" + server.String(), CertificateAuthorityData: a.pem()}
	config.AuthInfos[user] = &clientcmdapi.AuthInfo{ClientCertificateData: certPEM, ClientKeyData: keyPEM}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: user}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, file)
}

// publishAdminKubeconfig lets the administrator's kubeconfig appear under its name, whole: the sign that the cluster is ready.
func publishAdminKubeconfig() error {
	return os.Rename(adminKubeconfig+unpublished, adminKubeconfig)
}

// newClient returns a client with the components' credentials that never waits for itself.
func newClient() (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", componentsKubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	return kubernetes.NewForConfig(config)
}
