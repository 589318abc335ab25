using System.Text.Json.Nodes;
using StreamClips.EndToEnd.Tests.Chaos;
using StreamClips.Testing;

namespace StreamClips.EndToEnd.Tests.Lost;

/// <summary>
/// Nodes that fall silent while their workers run on: one because its agent stands still, one because its network is gone. Alpha and bravo write down
/// every clip and line; charlie and delta cut one moment after the other, on the old node and on the new one alike.
/// </summary>
[TestFixture]
[Category("Slow")]
internal sealed class LostNodeTests
{
    private const int ClipBytes = 10_000;
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(2);
    private static readonly string[] Silent = ["node-1", "node-2"];

    [Test]
    public async Task Nodes_that_fall_silent_are_replaced_and_what_they_cut_meanwhile_is_taken_in_once_when_they_return()
    {
        await using var fleet = await Fleet.StartAsync(Silent);
        try
        {
            var numbered = $"log-every=40&clip-every=900&clip-bytes={ClipBytes}&books={Uri.EscapeDataString(fleet.Books)}";
            var moments = $"log-every=50&moments={Moment.TotalMilliseconds}&clip-bytes={ClipBytes}";
            List<JsonObject> streamers = [];
            foreach (var (name, script) in ((string, string)[])[("alpha", numbered), ("bravo", numbered), ("charlie", moments), ("delta", moments)])
                streamers.Add(await fleet.AddWorkerAsync(name, script));
            var before = await RunAsync(fleet, epoch: 1, p => Silent.Contains(p["node_id"]!.ToString()));
            foreach (var (one, other) in ((string, string)[])[("alpha", "bravo"), ("charlie", "delta")])
                Assert.That(before[one]["node_id"]!.ToString(), Is.Not.EqualTo(before[other]["node_id"]!.ToString()), "each node has one of each kind");
            await MomentsAsync(fleet, before, "node-1", "node-2");

            fleet.Chronicle.Add("node-1 stands still, and node-2 is cut off");
            fleet.Node("node-1").Agent.Signal(Signals.Stop);
            fleet.Node("node-2").Wire.IsDead = true;
            var workers = Silent.ToDictionary(n => n, n => fleet.Node(n).Workers());
            await fleet.AddNodeAsync("node-3");
            await fleet.NodesAsync("lost", Silent);
            var after = await RunAsync(fleet, epoch: 2, p => p["node_id"]!.ToString() == "node-3");
            fleet.Chronicle.Add("all run on node-3");
            await MomentsAsync(fleet, after, "node-3");
            foreach (var node in Silent) Assert.That(fleet.Node(node).Workers(), Is.EqualTo(workers[node]), "nobody has told them to end");
            var (successors, at) = (fleet.Node("node-3").Workers(), TimeProvider.System.GetUtcNow());

            fleet.Chronicle.Add("they return");
            fleet.Node("node-1").Agent.Signal(Signals.Continue);
            fleet.Node("node-2").Wire.IsDead = false;
            await fleet.NodesAsync("ready", Silent);
            foreach (var node in Silent) await Eventually.TrueAsync(fleet.Node(node).IsSettled, $"the old workers of {node} ended, and all that they made is shipped", 120);
            fleet.Chronicle.Add("their workers have ended");

            Assert.That(fleet.Node("node-3").Workers(), Is.EqualTo(successors), "the new workers run on");
            Assert.That((await RunAsync(fleet, epoch: 2, p => p["node_id"]!.ToString() == "node-3")).Values.Select(p => p["id"]!.ToString()), Is.EquivalentTo(after.Values.Select(p => p["id"]!.ToString())), "and nothing moved again");
            foreach (var node in Silent) Assert.That((await ClipsAsync(fleet)).Count(c => c["node"]!.ToString() == node && c["saved_at"]!.GetValue<DateTimeOffset>() >= at), Is.GreaterThan(5), "late clips are taken in");

            await fleet.EndAsync(streamers);
            await AssertMomentsAsync(fleet, "charlie", before, after);
            await AssertMomentsAsync(fleet, "delta", before, after);
            var audit = new Audit(fleet.Books, ClipBytes);
            await audit.ClipsAsync(fleet.Api, fleet.Store);
            await audit.LinesAsync(fleet.Api);
            Assert.That(audit.Faults, Is.Empty);
            Assert.That(await fleet.StopAsync(), Is.Empty);
            TestContext.Out.WriteLine($"{audit.Clips} numbered clips, {audit.Lines} lines");
        }
        catch (Exception e) when (e is not SuccessException)
        {
            throw new AssertionException($"{e.Message}\n{fleet.Story()}", e);
        }
    }

    /// <summary>Waits until all four run by processes of this epoch, and tells which.</summary>
    private static async Task<Dictionary<string, JsonObject>> RunAsync(Fleet fleet, long epoch, Func<JsonObject, bool> where) => await Eventually.ValueAsync(
        async () =>
        {
            var processes = await fleet.ProcessesAsync();
            return processes.Count == 4 && processes.Values.All(p => p["state"]!.ToString() == "running" && p["epoch"]!.GetValue<long>() == epoch && where(p)) ? processes : null;
        },
        $"all run with epoch {epoch}", 120);

    /// <summary>Waits until there are two moments or more of each that were cut by these processes on these nodes.</summary>
    private static Task MomentsAsync(Fleet fleet, Dictionary<string, JsonObject> processes, params string[] nodes) => Eventually.TrueAsync(
        async () =>
        {
            var clips = await ClipsAsync(fleet);
            return ((string[])["charlie", "delta"]).All(s => clips.Count(c => c["process_id"]!.ToString() == processes[s]["id"]!.ToString() && nodes.Contains(c["node"]!.ToString())) >= 2);
        },
        "moments are cut");

    private static Task<IReadOnlyList<JsonObject>> ClipsAsync(Fleet fleet) => fleet.Api.AllAsync("/clips?limit=500");

    /// <summary>Every moment from the first to the last one is there once, those of the outage too; and some of them were cut twice.</summary>
    private static async Task AssertMomentsAsync(Fleet fleet, string streamer, Dictionary<string, JsonObject> before, Dictionary<string, JsonObject> after)
    {
        var clips = (await ClipsAsync(fleet)).Where(c => c["streamer"]!.ToString() == streamer).OrderBy(c => c["started_at"]!.GetValue<DateTimeOffset>()).ToList();
        var starts = clips.ConvertAll(c => c["started_at"]!.GetValue<DateTimeOffset>());
        Assert.That(starts.Zip(starts.Skip(1), (a, b) => b - a), Is.All.EqualTo(Moment), $"{streamer}: {string.Join(' ', starts.Select(s => $"{s:ss}"))}");
        Assert.That(clips.Count(c => c["duplicate_count"]!.GetValue<long>() == 1 && c["process_id"]!.ToString() == after[streamer]["id"]!.ToString()), Is.GreaterThanOrEqualTo(2), "the moment that came first stays, and tells of the other");
        Assert.That(clips.Select(c => c["process_id"]!.ToString()).Distinct(), Is.EquivalentTo((string[])[before[streamer]["id"]!.ToString(), after[streamer]["id"]!.ToString()]));
    }
}
