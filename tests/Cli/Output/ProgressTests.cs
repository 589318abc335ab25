using System.Text.RegularExpressions;
using StreamClips.Cli.Output;
using StreamClips.Testing;

namespace StreamClips.Cli.Tests.Output;

/// <summary>How far long work is, on standard error.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed partial class ProgressTests
{
    private static readonly Terminal Narrow = new(40, 24, Colours: true);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringWriter _errors = new();
    private readonly ManualClock _clock = new();

    [TearDown]
    public void End() => _errors.Dispose();

    [TestCase(0, 0, "", 3, "removing, for 3 s")]
    [TestCase(0, 10, "0 of 10", 60, "removing: 0 of 10")]
    [TestCase(3, 10, "3 of 10", 1, "removing: 3 of 10")]
    [TestCase(3, 10, "3 of 10", 6, "removing: 3 of 10, about 14 s left")]
    [TestCase(10, 10, "10 of 10", 60, "removing: 10 of 10")]
    [TestCase(1e-9, 10, "", 60, "removing")]
    public void It_says_how_far_it_is_and_how_long_it_will_take(double done, double total, string words, double elapsed_s, string said) =>
        Assert.That(Progress.Words("removing", (done, total, words), TimeSpan.FromSeconds(elapsed_s)), Is.EqualTo(said));

    [Test]
    public async Task Where_there_is_no_terminal_it_is_a_line_every_five_seconds()
    {
        var running = Run(Terminal.None, json: false, "3 of 10");
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.That(_errors.ToString(), Is.Empty, "what is quick says nothing");
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        await Eventually.TrueAsync(() => _errors.ToString().Length > 0, "it has said something");
        _done.SetResult();

        Assert.That(await running, Is.EqualTo(7));
        Assert.That(_errors.ToString(), Is.EqualTo("streamclips: removing: 3 of 10, about 12 s left\n"));
    }

    [Test]
    public async Task On_a_terminal_it_is_a_bar_that_fits_goes_away_and_lets_no_name_steer_the_terminal()
    {
        var running = Run(Narrow, json: false, "3 of 10, \e]0;owned\a[red]x[/] and a name that is far too long for a line");
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            return _errors.ToString().Contains("3 of 10", StringComparison.Ordinal);
        }, "the bar is drawn");
        _done.SetResult();
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(0.5));
            return running.IsCompleted;
        }, "it ends with the work");

        var drawn = _errors.ToString();
        Assert.That(drawn, Does.Contain("30%").And.Not.Contain("\e]0;").And.Not.Contain("\a"));
        Assert.That(Controls().Replace(drawn, "\n").Split('\n', '\r').Max(CellText.Width), Is.LessThanOrEqualTo(40));
        Assert.That(drawn, Does.Contain("\e[?25h"), "the cursor is back");
    }

    [Test]
    public async Task Programs_that_read_JSON_see_nothing_of_it()
    {
        var running = Run(Narrow, json: true, "3 of 10");
        _clock.Advance(TimeSpan.FromMinutes(1));
        _done.SetResult();

        Assert.That(await running, Is.EqualTo(7));
        Assert.That(_errors.ToString(), Is.Empty);
    }

    [Test]
    public void What_fails_fails_and_what_is_cut_short_is_waited_for()
    {
        using var stop = new CancellationTokenSource();
        var running = new Progress(_errors, Terminal.None, json: false, _clock).RunAsync<int>("removing", async _ =>
        {
            await _done.Task;
            throw new CommandException("no");
        }, stop.Token);
        stop.Cancel();
        Assert.That(running.IsCompleted, Is.False, "the work itself says when it is over");
        _done.SetResult();

        Assert.That(async () => await running, Throws.TypeOf<CommandException>());
    }

    private Task<int> Run(Terminal terminal, bool json, string words) => new Progress(_errors, terminal, json, _clock).RunAsync("removing", async state =>
    {
        state.Report(3, 10, words);
        await _done.Task;
        return 7;
    }, CancellationToken.None);

    [GeneratedRegex(@"\e\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Controls();
}
