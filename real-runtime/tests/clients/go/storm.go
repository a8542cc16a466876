package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A storm is an idempotent producer and a member of a group on franz-go, through any number of restarts of the server.
//
// Standard input steers it: a line ends the producer once everything is acknowledged, the end of the input ends the
// member. What the broker acknowledged goes to standard output, a line for each fact; see `cargo xtask storm`.
type storm struct {
	topic      string
	partitions int32
	quiet      context.Context
	over       context.Context
	writing    sync.Mutex
}

func runStorm(topic, count string) error {
	partitions, err := strconv.ParseInt(count, 10, 32)
	if err != nil {
		return err
	}
	quiet, becomeQuiet := context.WithCancel(context.Background())
	over, end := context.WithCancel(context.Background())
	s := &storm{topic: topic, partitions: int32(partitions), quiet: quiet, over: over}
	var producer, member sync.WaitGroup
	producer.Go(s.produce)
	member.Go(s.consume)
	input := bufio.NewReader(os.Stdin)
	_, _ = input.ReadString('\n')
	becomeQuiet()
	producer.Wait()
	s.tell("quiet", "go")
	_, _ = io.Copy(io.Discard, input)
	end()
	member.Wait()
	return nil
}

func (s *storm) tell(what string, facts ...any) {
	s.writing.Lock()
	defer s.writing.Unlock()
	line := fmt.Sprintf("%s %d", what, time.Now().UnixMilli())
	for _, fact := range facts {
		line += fmt.Sprintf(" %v", fact)
	}
	fmt.Println(line)
}

func quickly(options ...kgo.Opt) (*kgo.Client, error) {
	return client(append([]kgo.Opt{kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond })}, options...)...)
}

func (s *storm) produce() {
	c, err := quickly(kgo.ProducerLinger(5*time.Millisecond), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		s.tell("failed", "go:none", err)
		return
	}
	defer c.Close()
	for number := int64(0); s.quiet.Err() == nil; number++ {
		value := fmt.Sprintf("go:%d", number)
		record := &kgo.Record{Topic: s.topic, Partition: int32(number % int64(s.partitions)), Value: []byte(value)}
		c.Produce(context.Background(), record, func(made *kgo.Record, err error) {
			if err != nil {
				s.tell("failed", value, err)
				return
			}
			s.tell("acked", made.Partition, made.Offset, value)
		})
		time.Sleep(5 * time.Millisecond)
	}
	if err := c.Flush(context.Background()); err != nil {
		s.tell("failed", "go:flush", err)
	}
}

func (s *storm) consume() {
	for s.over.Err() == nil {
		span := 15*time.Second + rand.N(20*time.Second)
		until, leave := context.WithTimeout(s.over, span)
		if err := s.beMember(until); err != nil {
			s.tell("member-failed", err)
		}
		leave()
	}
}

// beMember joins, reads and commits until the time comes, then leaves in good order.
func (s *storm) beMember(until context.Context) error {
	var began int64
	c, err := quickly(
		kgo.ConsumerGroup("storm"),
		kgo.ConsumeTopics(s.topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		// The other members assign eagerly, by range; a group has one protocol that all members speak.
		kgo.Balancers(kgo.RangeBalancer()),
		kgo.DisableAutoCommit(),
		kgo.HeartbeatInterval(500*time.Millisecond),
		kgo.SessionTimeout(10*time.Second),
		kgo.OnPartitionsAssigned(func(context.Context, *kgo.Client, map[string][]int32) { began = time.Now().UnixMilli() }),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, revoked map[string][]int32) {
			for _, partition := range revoked[s.topic] {
				s.tell("revoked", partition)
			}
		}),
		kgo.AdjustFetchOffsetsFn(func(
			_ context.Context, offsets map[string]map[int32]kgo.Offset,
		) (map[string]map[int32]kgo.Offset, error) {
			for partition, offset := range offsets[s.topic] {
				s.tell("assigned", began, partition, max(offset.EpochOffset().Offset, 0))
			}
			return offsets, nil
		}),
	)
	if err != nil {
		return err
	}
	defer c.Close()
	for until.Err() == nil {
		var last []*kgo.Record
		c.PollRecords(until, 500).EachPartition(func(fetched kgo.FetchTopicPartition) {
			for _, record := range fetched.Records {
				s.tell("read", record.Partition, record.Offset, string(record.Value))
			}
			if count := len(fetched.Records); count > 0 {
				last = append(last, fetched.Records[count-1])
			}
		})
		if len(last) > 0 {
			s.commit(c, last)
		}
	}
	return nil
}

func (s *storm) commit(c *kgo.Client, last []*kgo.Record) {
	patience, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := c.CommitRecords(patience, last...); err != nil {
		s.tell("commit-failed", err)
		return
	}
	for _, record := range last {
		s.tell("committed", record.Partition, record.Offset+1)
	}
}
