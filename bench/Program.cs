using StreamClips.Bench;
using StreamClips.Bench.Crowd;

return args is [CrowdProgram.Command]
    ? await CrowdProgram.RunAsync(Console.In, Console.Out)
    : await BenchCommand.RunAsync(args, BenchList.All, BenchPlace.Data, Console.Out, Console.Error);
