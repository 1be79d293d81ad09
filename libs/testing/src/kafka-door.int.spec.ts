import { describeKafka, openKafkaDoor, waitFor } from './index.ts';

describeKafka('the bus from outside', ({ brokers, prefix }) => {
  it('what a plain producer writes is read back from the start, in order per key', async () => {
    const door = await openKafkaDoor(brokers);
    try {
      const topic = `${prefix}door`;
      await door.createTopics({ topic, numPartitions: 3 });
      await door.produce(topic, { key: 'a', value: '1' }, { key: 'a', value: '2' });
      const records = await door.read(topic);
      await door.produce(topic, { value: null });
      await waitFor(() => records.length === 3, { what: 'three records' });
      expect(records.filter(({ key }) => key === 'a').map(({ value }) => value)).toEqual(['1', '2']);
    } finally {
      await door.close();
    }
  });
});
