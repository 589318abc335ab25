// Most of these tests wait for the clock of the broadcast; fixtures have channels of their own, so they can wait together.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(4)]
