using StreamClips.Bench;

return await BenchCommand.RunAsync(args, BenchList.All, BenchPlace.Data, Console.Out, Console.Error);
