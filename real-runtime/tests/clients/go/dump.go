package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// dump prints every record of a topic that nobody writes to: its partition, its offset, its value.
func dump(topic string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := client(kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer c.Close()
	ends, err := kadm.NewClient(c).ListEndOffsets(ctx, topic)
	if err != nil {
		return err
	}
	missing := int64(0)
	ends.Each(func(end kadm.ListedOffset) { missing += end.Offset })
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for missing > 0 {
		fetches := c.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return fmt.Errorf("%d records did not come: %w", missing, err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			fmt.Fprintf(out, "record %d %d %s\n", record.Partition, record.Offset, record.Value)
			missing--
		})
	}
	return nil
}
