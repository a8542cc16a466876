// What a Go program on franz-go does on its first day.
//
// usage: clients BOOTSTRAP first|second     "second" comes after the server was killed and started again
//
//	clients BOOTSTRAP storm TOPIC PARTITIONS   a producer and a group's member, see storm.go
//	clients BOOTSTRAP dump TOPIC               every record of the topic, see dump.go
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	topic    = "go-orders"
	group    = "go-group"
	perCodec = 40
	patience = 60 * time.Second
)

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

var bootstrap string

func client(options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(bootstrap)}, options...)...)
}

func member(name string) (*kgo.Client, error) {
	return client(
		kgo.ConsumerGroup(name),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.HeartbeatInterval(500*time.Millisecond),
		kgo.SessionTimeout(10*time.Second),
	)
}

func create(ctx context.Context) error {
	c, err := client()
	if err != nil {
		return err
	}
	defer c.Close()
	admin := kadm.NewClient(c)
	made, err := admin.CreateTopic(ctx, 3, 1, nil, topic)
	if err != nil {
		return err
	}
	if made.NumPartitions != 3 {
		return fmt.Errorf("the topic has %d partitions", made.NumPartitions)
	}
	_, err = admin.CreateTopic(ctx, 3, 1, nil, topic)
	if !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("made twice: %v", err)
	}
	return nil
}

func produce(ctx context.Context) error {
	for name, codec := range codecs {
		c, err := client(kgo.ProducerBatchCompression(codec), kgo.ProducerLinger(20*time.Millisecond))
		if err != nil {
			return err
		}
		var records []*kgo.Record
		for number := range perCodec {
			record := &kgo.Record{Topic: topic, Value: fmt.Appendf(nil, "%s:%d", name, number)}
			if number%4 != 0 {
				record.Key = fmt.Appendf(nil, "%s-%d", name, number)
			}
			record.Headers = []kgo.RecordHeader{{Key: "codec", Value: []byte(name)}}
			records = append(records, record)
		}
		err = c.ProduceSync(ctx, records...).FirstErr()
		c.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func readBack(ctx context.Context) error {
	c, err := client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer c.Close()
	read := map[string]bool{}
	for len(read) < len(codecs)*perCodec {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("%d records came: %w", len(read), err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			value := string(record.Value)
			if strings.HasPrefix(value, "after:") {
				return
			}
			if read[value] || string(record.Headers[0].Value) != strings.Split(value, ":")[0] {
				err = fmt.Errorf("%s came twice or with another header", value)
			}
			read[value] = true
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func shareGroup(ctx context.Context) error {
	one, err := member(group)
	if err != nil {
		return err
	}
	defer one.Close()
	read := map[string]bool{}
	take := func(c *kgo.Client) {
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		c.PollFetches(short).EachRecord(func(record *kgo.Record) { read[string(record.Value)] = true })
	}
	two, err := member(group)
	if err != nil {
		return err
	}
	for len(read) < len(codecs)*perCodec {
		if ctx.Err() != nil {
			return fmt.Errorf("%d records came", len(read))
		}
		take(one)
		take(two)
	}
	if err := one.CommitUncommittedOffsets(ctx); err != nil {
		return err
	}
	if err := two.CommitUncommittedOffsets(ctx); err != nil {
		return err
	}
	two.Close()
	c, err := client()
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		described, err := kadm.NewClient(c).DescribeGroups(ctx, group)
		if err != nil {
			return err
		}
		if described[group].State == "Stable" && len(described[group].Members) == 1 {
			break
		}
		take(one)
	}
	offsets, err := kadm.NewClient(c).FetchOffsets(ctx, group)
	if err != nil {
		return err
	}
	var sum int64
	offsets.Each(func(offset kadm.OffsetResponse) { sum += offset.At })
	if sum != int64(len(codecs)*perCodec) {
		return fmt.Errorf("%d records are committed", sum)
	}
	return nil
}

func admin(ctx context.Context) error {
	c, err := client()
	if err != nil {
		return err
	}
	defer c.Close()
	admin := kadm.NewClient(c)
	if _, err := admin.CreateTopic(ctx, 1, 1, nil, "go-admin"); err != nil {
		return err
	}
	if _, err := admin.CreatePartitions(ctx, 3, "go-admin"); err != nil {
		return err
	}
	configs, err := admin.DescribeTopicConfigs(ctx, "go-admin")
	if err != nil {
		return err
	}
	if len(configs[0].Configs) < 20 {
		return fmt.Errorf("only %d keys are described", len(configs[0].Configs))
	}
	value := "1000"
	altered, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Name: "retention.ms", Value: &value}}, "go-admin")
	if err != nil || altered[0].Err != nil {
		return fmt.Errorf("alter: %w %w", err, altered[0].Err)
	}
	ends, err := admin.ListEndOffsets(ctx, topic)
	if err != nil || ends.Error() != nil {
		return fmt.Errorf("end offsets: %w %w", err, ends.Error())
	}
	deleted, err := admin.DeleteTopics(ctx, "go-admin")
	if err != nil {
		return err
	}
	return deleted.Error()
}

func resume(ctx context.Context) error {
	c, err := client(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		return err
	}
	defer c.Close()
	for number := range 9 {
		record := &kgo.Record{Topic: topic, Partition: int32(number % 3), Value: fmt.Appendf(nil, "after:%d", number)}
		if err := c.ProduceSync(ctx, record).FirstErr(); err != nil {
			return err
		}
	}
	one, err := member(group)
	if err != nil {
		return err
	}
	defer one.Close()
	for read := 0; read < 9; {
		fetches := one.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("%d records came: %w", read, err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			read++
			if !strings.HasPrefix(string(record.Value), "after:") {
				err = fmt.Errorf("%s was committed before the kill", record.Value)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func run(name string, step func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	began := time.Now()
	if err := step(ctx); err != nil {
		fmt.Printf("FAIL go: %s: %v\n", name, err)
		os.Exit(1)
	}
	fmt.Printf("ok   go: %s (%d ms)\n", name, time.Since(began).Milliseconds())
}

func orExit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	bootstrap = os.Args[1]
	switch os.Args[2] {
	case "storm":
		orExit(runStorm(os.Args[3], os.Args[4]))
	case "dump":
		orExit(dump(os.Args[3]))
	case "first":
		run("create a topic, once", create)
		run("produce with every codec", produce)
		run("read everything back", readBack)
		run("two members share a group", shareGroup)
		run("admin calls", admin)
	default:
		run("what was acknowledged is there", readBack)
		run("the group goes on where it committed", resume)
	}
}
