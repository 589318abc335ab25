using System.Globalization;
using System.Text.Json.Nodes;
using StreamClips.Testing;

namespace StreamClips.EndToEnd.Tests.Chaos;

/// <summary>
/// Nothing is lost and nothing doubled, whatever is killed, stopped or cut and when. Another run: STREAMCLIPS_CHAOS_SEED (a number) and
/// STREAMCLIPS_CHAOS_SECONDS (for how long things are bad).
/// </summary>
[TestFixture]
[Category("Slow")]
internal sealed class ChaosTests
{
    private const int ClipBytes = 20_000;

    private static int Seed => Number("STREAMCLIPS_CHAOS_SEED", 2);

    private static TimeSpan Duration => TimeSpan.FromSeconds(Number("STREAMCLIPS_CHAOS_SECONDS", 60));

    [Test]
    public async Task Every_clip_and_every_line_is_stored_once_whatever_is_killed_stopped_and_cut()
    {
        await using var stack = await ChaosStack.StartAsync();
        await ToldAsync(stack, $"seed {Seed}", async () =>
        {
            List<JsonObject> streamers =
            [
                await stack.AddWorkerAsync("alpha", $"log-every=40&clip-every=700&clip-bytes={ClipBytes}"),
                await stack.AddWorkerAsync("bravo", $"log-every=60&clip-every=1100&clip-bytes={ClipBytes}&leave-child"),
                await stack.AddWorkerAsync("charlie", $"log-every=25&clip-every=1900&clip-bytes={ClipBytes}&ignore-sigterm"),
            ];
            await Eventually.TrueAsync(() => stack.Workers().Count == 3, "three workers run");

            await new Tormentor(stack).RunAsync(Fault.Plan(Seed, Duration));

            stack.Chronicle.Add("no more faults");
            var audit = await EndAsync(stack, streamers);
            Assert.That(audit.Faults, Is.Empty);
            Assert.That(audit.Clips, Is.GreaterThan(10), "it was tried on something");
        });
    }

    [Test]
    public async Task Lines_are_stored_once_and_in_order_across_kills_rotation_and_a_long_outage_of_the_link()
    {
        // So many lines are more than a journal file holds; here none is dropped for being many.
        const int Flood = 45_000;
        await using var stack = await ChaosStack.StartAsync(("WORKER_LOG_LINES_PER_S", "0"));
        await ToldAsync(stack, "numbered lines", async () =>
        {
            var streamer = await stack.AddWorkerAsync("alpha", $"flood-logs={Flood}&log-every=20&clip-bytes={ClipBytes}");
            await Eventually.TrueAsync(() => stack.Workers().Count == 1, "the worker runs");
            await PassedAsync(stack, 20_000);
            await KillUnansweredAsync(stack, stack.Agent, "agent");
            await PassedAsync(stack, 20_000);
            await KillUnansweredAsync(stack, stack.ControlPlane, "control plane");
            await PassedAsync(stack, 20_000);

            stack.Chronicle.Add("the link is cut");
            stack.Wire.Refuses = true;
            stack.Wire.Cut();
            var first = stack.Workers().Single();
            Processes.KillAtOnce(first);
            await Eventually.TrueAsync(() => stack.Workers() is [var pid] && pid != first, "its successor runs");
            Kill(stack, stack.Agent, "agent");
            await Eventually.TrueAsync(() => LinesWritten(stack) > 2 * Flood, "the successor wrote its lines", 180);
            Assert.That(Directory.EnumerateFiles(stack.WorkerDirectories, "journal-*", SearchOption.AllDirectories).Count(), Is.GreaterThan(2), "the journal went on in other files");
            var refused = stack.Wire.Refused;
            await Eventually.TrueAsync(() => stack.Wire.Refused > refused + 3, "the agent has tried to connect again and again");
            stack.Wire.Refuses = false;
            stack.Chronicle.Add("the link is back");

            await PassedAsync(stack, 20_000);
            await KillUnansweredAsync(stack, stack.ControlPlane, "control plane");
            await PassedAsync(stack, 20_000);
            await KillUnansweredAsync(stack, stack.Agent, "agent");
            var audit = await EndAsync(stack, [streamer]);
            Assert.That(audit.Faults, Is.Empty);
            Assert.That(audit.Lines, Is.GreaterThan(2 * Flood));
        });
    }

    [Test]
    public void A_seed_makes_the_same_plan_each_time()
    {
        var plan = Fault.Plan(7, TimeSpan.FromMinutes(10));
        Assert.That(plan, Is.EqualTo(Fault.Plan(7, TimeSpan.FromMinutes(10))).And.Not.EqualTo(Fault.Plan(8, TimeSpan.FromMinutes(10))));
        Assert.That(plan.Select(f => f.Target).Distinct().Count(), Is.EqualTo(6));
    }

    /// <summary>Ends the workers, waits until all is shipped, compares, and stops the rest.</summary>
    private static async Task<Audit> EndAsync(ChaosStack stack, IReadOnlyList<JsonObject> streamers)
    {
        foreach (var streamer in streamers) await stack.EndWorkerAsync(streamer);
        await stack.SettledAsync();
        stack.Chronicle.Add("settled");
        using var api = await stack.SignInAsync();
        var audit = new Audit(stack.Books, ClipBytes);
        await audit.ClipsAsync(api, stack.Ssh.Store);
        await audit.LinesAsync(api);
        Assert.That(await stack.StopAsync(), Is.Empty);
        TestContext.Out.WriteLine($"{audit.Clips} clips, {audit.Lines} lines");
        return audit;
    }

    private static int LinesWritten(ChaosStack stack) =>
        Directory.EnumerateFiles(stack.Books, "lines.log", SearchOption.AllDirectories).Sum(f => File.ReadLines(f).Count());

    private static void Kill(ChaosStack stack, KeptProgram program, string name)
    {
        stack.Chronicle.Add($"{name}: kill");
        program.Signal(Signals.Kill);
    }

    /// <summary>Kills where it hurts most: lines are in the database, and the agent has not been told so. There are always some, as the worker goes on.</summary>
    private static async Task KillUnansweredAsync(ChaosStack stack, KeptProgram program, string name)
    {
        stack.Wire.HoldsAnswers = true;
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        Kill(stack, program, name);
        stack.Wire.HoldsAnswers = false;
    }

    /// <summary>Waits until so many bytes more came through from the agent, so that what follows hits it amid them; 5 s at most, as it may have no more.</summary>
    private static async Task PassedAsync(ChaosStack stack, long bytes)
    {
        var (until, begun) = (stack.Wire.Passed + bytes, TimeProvider.System.GetTimestamp());
        await Eventually.TrueAsync(() => stack.Wire.Passed >= until || TimeProvider.System.GetElapsedTime(begun).TotalSeconds > 5, "bytes come from the agent");
    }

    /// <summary>Lets a failure tell the seed and all that happened.</summary>
    private static async Task ToldAsync(ChaosStack stack, string what, Func<Task> test)
    {
        try
        {
            await test();
        }
        catch (Exception e) when (e is not SuccessException)
        {
            throw new AssertionException($"{what}: {e.Message}\n{stack.Story()}", e);
        }
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
