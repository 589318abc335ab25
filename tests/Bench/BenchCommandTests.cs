using System.Text.Json;
using StreamClips.Testing;

namespace StreamClips.Bench.Tests;

[TestFixture]
internal sealed class BenchCommandTests
{
    private static readonly BenchResult Result = new(
        [new("lines_per_s", 1_234_567.8, "lines/s"), new("idle_pss_mib", 18.4567, "MiB")],
        [new("other_js", [new("lines_per_s", 50_000, "lines/s"), new("its_own_s", 3, "s")]), BenchPeer.Missing("absent_one", "node is not installed")]);

    [Test]
    public async Task Json_has_a_line_a_bench_with_figures_and_those_peers_that_were_there()
    {
        var run = await RunAsync(["--json"], new Fake("first", Result), new Fake("second", new([], [])));
        Assert.That(run.Code, Is.Zero);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(2));
        using var first = JsonDocument.Parse(lines[0]);
        Assert.That(first.RootElement.GetProperty("bench").GetString(), Is.EqualTo("first"));
        Assert.That(first.RootElement.GetProperty("figures").GetProperty("lines_per_s").GetDouble(), Is.EqualTo(1_234_568));
        Assert.That(first.RootElement.GetProperty("figures").GetProperty("idle_pss_mib").GetDouble(), Is.EqualTo(18.46));
        Assert.That(first.RootElement.GetProperty("peers").EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "other_js" }));
        Assert.That(run.Errors, Does.Contain("absent_one").And.Contain("node is not installed"));
    }

    [Test]
    public async Task The_table_has_the_ratio_to_each_peer_and_names_the_absent_ones()
    {
        var run = await RunAsync([], new Fake("first", Result));
        Assert.That(run.Code, Is.Zero);
        Assert.That(run.Output, Does.Match(@"lines_per_s +1,234,568 +50,000 +24\.69× +lines/s"));
        Assert.That(run.Output, Does.Match(@"idle_pss_mib +18\.46 +MiB").And.Match(@"its_own_s +3 +s").And.Contain("absent_one was not measured: node is not installed").And.Contain("cores"));
    }

    [Test]
    public async Task Only_the_named_ones_run()
    {
        Fake first = new("first", Result), second = new("second", Result);
        await RunAsync(["second", "--quick"], first, second);
        Assert.That((first.Runs, second.Runs, second.WasQuick), Is.EqualTo((0, 1, true)));
    }

    [Test]
    public async Task An_unknown_name_is_wrong_usage_and_nothing_runs()
    {
        var first = new Fake("first", Result);
        var run = await RunAsync(["first", "frist"], first);
        Assert.That(run.Code, Is.EqualTo(2));
        Assert.That(run.Errors, Does.Contain("no bench 'frist'").And.Contain("there are first"));
        Assert.That(first.Runs, Is.Zero);
    }

    [Test]
    public async Task An_unknown_option_is_wrong_usage()
    {
        var run = await RunAsync(["--jsno"], new Fake("first", Result));
        Assert.That(run.Code, Is.EqualTo(2));
        Assert.That(run.Errors, Does.Contain("--jsno"));
    }

    [Test]
    public async Task The_list_names_each_with_its_summary_and_runs_none()
    {
        var first = new Fake("first", Result);
        var run = await RunAsync(["--list"], first);
        Assert.That(run.Output, Does.Match("first +a fake"));
        Assert.That((run.Code, first.Runs), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task A_bench_that_fails_keeps_no_other_from_running()
    {
        var second = new Fake("second", Result);
        var run = await RunAsync([], new Fake("first", null), second);
        Assert.That((run.Code, second.Runs), Is.EqualTo((1, 1)));
        Assert.That(run.Errors, Does.Contain("bench first failed: no room"));
    }

    [Test]
    public async Task A_bench_that_lost_something_shows_its_figures_and_fails()
    {
        var run = await RunAsync(["--json"], new Fake("first", Result with { Fault = "2 clips were lost" }));
        Assert.That(run.Code, Is.EqualTo(1));
        Assert.That(run.Output, Is.Not.Empty);
        Assert.That(run.Errors, Does.Contain("bench first failed: 2 clips were lost"));
    }

    [Test]
    public async Task A_figure_that_is_no_number_is_a_failure()
    {
        var run = await RunAsync(["--json"], new Fake("first", new([new("a_s", double.NaN, "s")], [])));
        Assert.That(run.Code, Is.EqualTo(1));
        Assert.That(run.Output, Is.Empty);
    }

    [TestCase(new double[] { 5, 1, 3 }, 3)]
    [TestCase(new double[] { 4, 1, 3, 2 }, 2.5)]
    [TestCase(new double[] { 7 }, 7)]
    public void The_median_is_the_middle(double[] values, double median) => Assert.That(Repeats.Median(values), Is.EqualTo(median));

    [TestCase(50, 50)]
    [TestCase(99, 99)]
    [TestCase(100, 100)]
    [TestCase(0.1, 1)]
    public void A_percentile_is_a_value_that_was_measured(double percent, double value) =>
        Assert.That(Repeats.Percentile([.. Enumerable.Range(1, 100).Reverse().Select(i => (double)i)], percent), Is.EqualTo(value));

    [Test]
    public void A_busy_machine_is_warned_of()
    {
        Assert.That(new Machine(2, "x", 3.5).Warning, Does.Contain("busy").And.Contain("3.50"));
        Assert.That(new Machine(2, "x", 0.4).Warning, Is.Null);
        Assert.That(Machine.Look().Cores, Is.Positive);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string[] args, params Fake[] benches)
    {
        using var directory = new TemporaryDirectory();
        using StringWriter output = new(), errors = new();
        var code = await BenchCommand.RunAsync(args, benches, directory.Path, output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    private sealed class Fake(string name, BenchResult? result) : IBench
    {
        public string Name => name;

        public string Summary => "a fake";

        public int Runs { get; private set; }

        public bool WasQuick { get; private set; }

        public Task<BenchResult> RunAsync(BenchContext context, CancellationToken ct)
        {
            Runs++;
            WasQuick = context.Quick;
            Assert.That(Directory.Exists(context.Directory));
            return Task.FromResult(result ?? throw new IOException("no room"));
        }
    }
}
