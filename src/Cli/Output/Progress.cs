using Spectre.Console;

namespace StreamClips.Cli.Output;

/// <summary>How far something is. Set by who works, read by who shows it; the last word counts.</summary>
public sealed class ProgressState
{
    private readonly Lock _lock = new();
    private (double Done, double Total, string Words) _now = (0, 0, "");

    /// <summary>Says it.</summary>
    /// <param name="done">So much is done.</param>
    /// <param name="total">Of so much; 0: nobody knows.</param>
    /// <param name="words">What is said of it, as <c>12 of 40</c>.</param>
    public void Report(double done, double total, string words)
    {
        lock (_lock) _now = (done, total, words);
    }

    /// <summary>What was said last.</summary>
    public (double Done, double Total, string Words) Now
    {
        get
        {
            lock (_lock) return _now;
        }
    }
}

/// <summary>
/// Shows how far long work is, on standard error and never among the data: a bar on a terminal, a line every 5 s elsewhere, nothing with <c>--json</c>.
/// Work that is done within half a second shows nothing.
/// </summary>
/// <param name="errors">Standard error.</param>
/// <param name="terminal">What that is.</param>
/// <param name="json">For programs.</param>
/// <param name="time">The clock.</param>
public sealed class Progress(TextWriter errors, Terminal terminal, bool json, TimeProvider time)
{
    /// <summary>Between two lines where there is no terminal.</summary>
    public static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Frame = TimeSpan.FromSeconds(0.1);
    private const int LongestBar = 40;

    /// <summary>That of this process.</summary>
    public static Progress OfConsole(bool json, TimeProvider time) => new(Console.Error, Terminal.OfErrors(Environment.GetEnvironmentVariable), json, time);

    /// <summary>Whether a bar is drawn: what else is written meanwhile would tear it.</summary>
    public bool Draws => terminal.Is && !json;

    /// <summary>Runs something, and shows how far it is.</summary>
    /// <param name="what">What is done, as <c>removing</c>; a text of ours, or one that was cleaned.</param>
    /// <param name="work">Does it.</param>
    /// <param name="cancellation">Ctrl-C: the work is waited for, as it is what ends.</param>
    public async Task<T> RunAsync<T>(string what, Func<ProgressState, Task<T>> work, CancellationToken cancellation)
    {
        var (state, started) = (new ProgressState(), time.GetTimestamp());
        var running = work(state);
        if (!json && !await EndsWithinAsync(running, Draws ? Quick : BetweenLines, cancellation))
        {
            if (Draws) await DrawAsync(what, state, running, started, cancellation);
            else await TellAsync(what, state, running, started, cancellation);
        }

        return await running;
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(string what, Func<ProgressState, Task> work, CancellationToken cancellation) => RunAsync(what, async state =>
    {
        await work(state);
        return true;
    }, cancellation);

    /// <summary>How it reads: what, how far, and about how long it will take. Pure.</summary>
    public static string Words(string what, (double Done, double Total, string Words) now, TimeSpan elapsed)
    {
        var said = now.Words.Length > 0 ? $"{what}: {now.Words}" : what;
        if (now.Total <= 0) return $"{said}, for {Values.Span(TimeSpan.FromSeconds(Math.Floor(elapsed.TotalSeconds)))}";
        if (now.Done <= 0 || now.Done >= now.Total || elapsed < TimeSpan.FromSeconds(2)) return said;
        var left = elapsed * ((now.Total - now.Done) / now.Done);
        return left < TimeSpan.FromDays(2) ? $"{said}, about {Values.Span(TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds)))} left" : said;
    }

    private async Task TellAsync(string what, ProgressState state, Task running, long started, CancellationToken cancellation)
    {
        do await errors.WriteLineAsync($"streamclips: {Words(what, state.Now, time.GetElapsedTime(started))}");
        while (!await EndsWithinAsync(running, BetweenLines, cancellation));
    }

    private Task DrawAsync(string what, ProgressState state, Task running, long started, CancellationToken cancellation)
    {
        var width = terminal.Width!.Value;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(errors), Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, ColorSystem = terminal.Colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        });
        console.Profile.Width = width;
        return console.Progress().AutoClear(true).AutoRefresh(false)
            .Columns(new ProgressBarColumn { Width = Math.Clamp(width / 4, 4, LongestBar) }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(async context =>
            {
                var bar = context.AddTask(Shown(what, width));
                do
                {
                    var now = state.Now;
                    (bar.IsIndeterminate, bar.MaxValue) = (now.Total <= 0, Math.Max(1, now.Total));
                    bar.Value = Math.Min(now.Done, bar.MaxValue);
                    bar.Description = Shown(Words(what, now, time.GetElapsedTime(started)), width);
                    context.Refresh();
                }
                while (!await EndsWithinAsync(running, Frame, cancellation));
            });
    }

    /// <summary>What has room beside the bar. Names in it may be strangers': neither control characters nor markup.</summary>
    private static string Shown(string text, int width) => Markup.Escape(CellText.Cut(CellText.Clean(text), Math.Max(8, width - Math.Clamp(width / 4, 4, LongestBar) - 8)));

    /// <summary>Whether work ends within a time. After Ctrl-C it is only waited for.</summary>
    private async Task<bool> EndsWithinAsync(Task running, TimeSpan span, CancellationToken cancellation)
    {
        if (running.IsCompleted) return true;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(running, Task.Delay(span, time, ended.Token));
        var over = running.IsCompleted || cancellation.IsCancellationRequested;
        await ended.CancelAsync();
        return over;
    }
}
