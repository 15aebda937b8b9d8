package contract_test

import (
	"fmt"
	"io/fs"
	"net/http"
	neturl "net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/seed-e5e2407e/turnkeys/tests/contract"
)

func TestScratchScan(t *testing.T) {
	re := regexp.MustCompile(`(?m)^\s*"?openapi"?:\s*["']?3\.0`)
	for _, root := range []string{"/root/go/pkg/mod/github.com/ogen-go/ogen@v1.24.0", "/root/go/pkg/mod/github.com/getkin/kin-openapi@v0.153.0", "/tmp/docs"} {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return nil
			}
			switch filepath.Ext(path) {
			case ".yml", ".yaml", ".json":
			default:
				return nil
			}
			if info, _ := d.Info(); info.Size() > 2<<20 {
				return nil
			}
			data, _ := os.ReadFile(path)
			if !re.Match(data) {
				return nil
			}
			start := time.Now()
			func() {
				defer func() {
					if p := recover(); p != nil {
						fmt.Println("PANIC", path, p)
					}
				}()
				_, err = contract.Load(data)
			}()
			e := ""
			if err != nil {
				e = err.Error()
				if len(e) > 230 {
					e = e[:230]
				}
			}
			if time.Since(start) > time.Second {
				e += fmt.Sprint(" SLOW ", time.Since(start))
			}
			fmt.Println(path[len(root):], "=>", e)
			return nil
		})
	}
}

func TestScratchDocs(t *testing.T) {
	play := func(doc, method, url, ctype, body string, status int, rtype, response string) {
		data, err := os.ReadFile("/tmp/docs/" + doc)
		if err != nil {
			t.Fatal(err)
		}
		d, err := contract.Load(data)
		if err != nil {
			fmt.Println(doc, err)
			return
		}
		u, err := neturl.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		x := contract.Exchange{Method: method, URL: u, Status: status}
		x.Request = contract.Message{Header: http.Header{}, Body: []byte(body)}
		if ctype != "" {
			x.Request.Header.Set("Content-Type", ctype)
		}
		x.Response = contract.Message{Header: http.Header{}, Body: []byte(response)}
		if rtype != "" {
			x.Response.Header.Set("Content-Type", rtype)
		}
		fmt.Println(doc, method, url, body, status, response)
		for _, v := range d.Check(x, contract.Secrets{}) {
			fmt.Println("      ", v)
		}
	}
	j := "application/json"
	f := "application/x-www-form-urlencoded"
	play("uspto.yaml", "GET", "http://x/", "", "", 200, j, `{"total":1,"apis":[]}`)
	play("uspto.yaml", "GET", "http://x/ds-api/", "", "", 200, j, `{"total":1,"apis":[{"apiUrl":1}],"more":1}`)
	play("uspto.yaml", "GET", "http://x/a/b/fields", "", "", 200, j, `"x"`)
	play("uspto.yaml", "POST", "http://x/a/b/records", f, "criteria=*:*&rows=10", 200, j, `[{"a":{"b":1}}]`)
	play("uspto.yaml", "POST", "http://x/a/b/records", f, "rows=ten&more=1", 200, j, `[{"a":1}]`)
	play("uspto.yaml", "POST", "http://x/a/b/records", f, "criteria=a&more=1", 404, "", ``)
	play("uspto.yaml", "POST", "http://x/a/b/records", f, "%zz", 404, "", ``)
	play("callback.yaml", "POST", "http://x/streams?callbackUrl=http://y", "", "", 201, j, `{"subscriptionId":"2"}`)
	play("callback.yaml", "POST", "http://x/streams", "", "", 201, j, `{"subscriptionid":"2"}`)
	play("examples.yaml", "GET", "http://x/", "", "", 200, j, `{"a":"2"}`)
	play("examples.yaml", "GET", "http://x", "", "", 300, j, `{"a":"2"`)
	play("examples.yaml", "GET", "http://x/v2", "", "", 200, j, `{}`)
	play("expanded.yaml", "GET", "http://x/pets?tags=a&tags=b&limit=5", "", "", 200, j, `[{"id":1,"name":"x","tag":"y"}]`)
	play("expanded.yaml", "GET", "http://x/pets?tags=a&limit=x&limt=1", "", "", 200, j, `[{"id":1.0,"name":"x","tags":"y"}]`)
	play("expanded.yaml", "DELETE", "http://x/pets/5", "", "", 204, "", ``)
	play("expanded.yaml", "DELETE", "http://x/pets/five", "", "", 500, j, `{"code":1,"message":"m"}`)
	play("expanded.yaml", "POST", "http://x/pets", j, `{"name":"x"}`, 200, j, `{"id":1,"name":"x"}`)
	play("expanded.yaml", "POST", "http://x/pets", j, `{"nam":"x"}`, 418, j, `{"code":1}`)
}
