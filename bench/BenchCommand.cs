using System.CommandLine;

namespace StreamClips.Bench;

/// <summary><c>bench [NAME ...]</c>: runs benches one after the other, so that none disturbs another.</summary>
internal static class BenchCommand
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int WrongUsage = 2;

    // So long a bench that is stopped may take to end the hundred processes that it started.
    private static readonly TimeSpan Ending = TimeSpan.FromSeconds(30);

    /// <summary>Runs the command.</summary>
    /// <param name="args">Its words.</param>
    /// <param name="benches">The benches there are.</param>
    /// <param name="data">Where benches put their data, each in a directory of its name.</param>
    /// <param name="output">Where figures go.</param>
    /// <param name="errors">Where everything else goes.</param>
    /// <returns>0; 1 where a bench failed; 2 where the words are wrong.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, IReadOnlyList<IBench> benches, string data, TextWriter output, TextWriter errors)
    {
        var parsed = Define(benches, data, output, errors).Parse(args);
        if (parsed.Errors.Count == 0) return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors, ProcessTerminationTimeout = Ending });
        foreach (var error in parsed.Errors) await errors.WriteLineAsync($"streamclips: {error.Message}");
        await errors.WriteLineAsync("`./streamclips bench --help` shows the options.");
        return WrongUsage;
    }

    private static RootCommand Define(IReadOnlyList<IBench> benches, string data, TextWriter output, TextWriter errors)
    {
        var names = new Argument<string[]>("NAME") { Description = "Which: " + string.Join(", ", benches.Select(b => b.Name)) + "; all where none is named", Arity = ArgumentArity.ZeroOrMore };
        var json = new Option<bool>("--json") { Description = "Print one JSON object a bench: {\"bench\":…,\"figures\":{name:number},\"peers\":{peer:{name:number}}}" };
        var list = new Option<bool>("--list") { Description = "Print the names and what they measure" };
        var quick = new Option<bool>("--quick") { Description = "Shorter runs, rougher figures" };
        var command = new RootCommand("Measures StreamClips on this machine, beside other programs that do the same job") { names, json, list, quick };
        command.SetAction((result, ct) =>
        {
            IBenchReport report = result.GetValue(json) ? new JsonBenchReport(output, errors) : new TableBenchReport(output);
            return result.GetValue(list)
                ? ListAsync(benches, output)
                : RunAsync(result.GetValue(names) ?? [], result.GetValue(quick), benches, data, report, errors, ct);
        });
        return command;
    }

    private static async Task<int> ListAsync(IReadOnlyList<IBench> benches, TextWriter output)
    {
        foreach (var bench in benches) await output.WriteLineAsync($"{bench.Name,-10} {bench.Summary}");
        return Done;
    }

    private static async Task<int> RunAsync(string[] names, bool quick, IReadOnlyList<IBench> benches, string data, IBenchReport report, TextWriter errors, CancellationToken ct)
    {
        var unknown = names.Where(n => benches.All(b => b.Name != n)).Distinct().ToList();
        foreach (var name in unknown)
            await errors.WriteLineAsync($"streamclips: there is no bench '{name}': there are {string.Join(", ", benches.Select(b => b.Name))}");
        if (unknown.Count > 0) return WrongUsage;

        var failed = 0;
        foreach (var bench in benches.Where(b => names.Length == 0 || names.Contains(b.Name)))
        {
            var machine = Machine.Look();
            if (machine.Warning is { } warning) await errors.WriteLineAsync($"streamclips: {warning}");
            try
            {
                var directory = Directory.CreateDirectory(Path.Combine(data, bench.Name)).FullName;
                var result = await bench.RunAsync(new(quick, directory, errors), ct);
                report.Show(bench, result, machine);
                if (result.Fault is null) continue;
                failed++;
                await errors.WriteLineAsync($"streamclips: bench {bench.Name} failed: {result.Fault}");
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                await errors.WriteLineAsync("streamclips: stopped");
                return Failed;
            }
            catch (Exception e)
            {
                // One bench that cannot run here keeps no other from running.
                failed++;
                await errors.WriteLineAsync($"streamclips: bench {bench.Name} failed: {(e is IOException or InvalidOperationException or UnauthorizedAccessException ? e.Message : e)}");
            }
        }

        return failed == 0 ? Done : Failed;
    }
}
