// Looks names up by Go's own resolver, all at once: prints `NAME found ADDRESS` for each address, or `NAME error WHAT`.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
)

func main() {
	var all sync.WaitGroup
	for _, name := range os.Args[1:] {
		all.Add(1)
		go func(name string) {
			defer all.Done()
			lookUp(name)
		}(name)
	}
	all.Wait()
}

func lookUp(name string) {
	found, err := net.DefaultResolver.LookupIP(context.Background(), "ip", name)
	var failed *net.DNSError
	if errors.As(err, &failed) {
		fmt.Println(name, "error", failed.Err)
	}
	for _, address := range found {
		fmt.Println(name, "found", address)
	}
}
