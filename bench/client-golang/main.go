// Serves what it reads from its standard input, in Prometheus's text format, by Go's client_golang: one const metric a
// series, kept between scrapes, which is the cheapest that it offers. PUT /change makes those of running tasks anew.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

type series struct {
	desc   *prometheus.Desc
	values []string
	value  float64
	taskID string
}

func (s series) metric() prometheus.Metric {
	return prometheus.MustNewConstMetric(s.desc, prometheus.GaugeValue, s.value, s.values...)
}

// Its Describe says nothing: client_golang then checks at the scrape alone.
type collector struct {
	mutex   sync.Mutex
	series  []series
	metrics []prometheus.Metric
	running map[string]bool
}

func (c *collector) Describe(chan<- *prometheus.Desc) {}

func (c *collector) Collect(out chan<- prometheus.Metric) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, metric := range c.metrics {
		out <- metric
	}
}

func (c *collector) change(http.ResponseWriter, *http.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for index := range c.series {
		if c.running[c.series[index].taskID] {
			c.series[index].value++
			c.metrics[index] = c.series[index].metric()
		}
	}
}

func valueOf(metric *dto.Metric) (float64, bool) {
	switch {
	case metric.Gauge != nil:
		return metric.Gauge.GetValue(), true
	case metric.Counter != nil:
		return metric.Counter.GetValue(), true
	case metric.Untyped != nil:
		return metric.Untyped.GetValue(), true
	}
	return 0, false // histograms: a few series of the exporter's own
}

func read() *collector {
	c := &collector{running: map[string]bool{}}
	descs := map[string]*prometheus.Desc{}
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(bufio.NewReader(os.Stdin))
	if err != nil {
		log.Fatal(err)
	}
	for name, family := range families {
		for _, metric := range family.Metric {
			value, ok := valueOf(metric)
			if !ok {
				continue
			}
			one := series{value: value}
			var names []string
			status := ""
			for _, pair := range metric.Label {
				names = append(names, pair.GetName())
				one.values = append(one.values, pair.GetValue())
				switch pair.GetName() {
				case "task_id":
					one.taskID = pair.GetValue()
				case "status":
					status = pair.GetValue()
				}
			}
			if name == "cbr_task_status" && status == "running" && value == 1 {
				c.running[one.taskID] = true
			}
			key := name + " " + strings.Join(names, " ")
			if descs[key] == nil {
				descs[key] = prometheus.NewDesc(name, family.GetHelp(), names, nil)
			}
			one.desc = descs[key]
			c.series = append(c.series, one)
			c.metrics = append(c.metrics, one.metric())
		}
	}
	return c
}

func main() {
	c := read()
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError}))
	http.HandleFunc("/change", c.change)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s/metrics\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
