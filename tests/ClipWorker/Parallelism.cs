// The slow tests wait for streams and chats, not for the processor: many at once take no longer than one.
[assembly: LevelOfParallelism(8)]
