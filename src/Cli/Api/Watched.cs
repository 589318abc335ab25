using StreamClips.Cli.Output;

namespace StreamClips.Cli.Api;

/// <summary>Shows something again and again: on a terminal in place, elsewhere whenever it changed.</summary>
/// <param name="call">The command.</param>
/// <param name="output">Where to.</param>
public sealed class Watched(ApiCall call, TextWriter output)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private int _linesShown;
    private int? _width;
    private string _before = "";

    /// <summary>Runs until Ctrl-C, which is its ordinary end, or until it is refused. That nobody answers for a while is said, and waited for.</summary>
    /// <param name="show">Asks, and prints.</param>
    public async Task RunAsync(Func<Printer, Task> show)
    {
        var shownBefore = false;
        try
        {
            while (true)
            {
                var terminal = Terminal.OfConsole(Environment.GetEnvironmentVariable);
                using var text = new StringWriter();
                try
                {
                    await show(new Printer(text, call.Print.Json, call.Print.Json ? Terminal.None : terminal));
                    Show(text.ToString(), terminal);
                    shownBefore = true;
                }
                catch (ApiException e) when (e.MayPass && shownBefore)
                {
                    if (terminal.Is && !call.Print.Json) Show($"{_before}\n{Values.Time(call.Time.GetUtcNow())}  {e.Message}\n", terminal, keep: true);
                    else await Console.Error.WriteLineAsync($"streamclips: {e.Message}");
                }

                await Task.Delay(Pause, call.Time, call.Cancellation);
            }
        }
        catch (OperationCanceledException) when (call.Cancellation.IsCancellationRequested)
        {
            // The ordinary end.
        }
    }

    private void Show(string text, Terminal terminal, bool keep = false)
    {
        if (!terminal.Is || call.Print.Json)
        {
            if (text == _before) return;
            if (_before.Length > 0 && !call.Print.Json) output.WriteLine();
            output.Write(text);
        }
        else
        {
            output.Write(Frame.Of(text, terminal.Height, _width == terminal.Width ? _linesShown : 0, out _linesShown));
            _width = terminal.Width;
        }

        output.Flush();
        if (!keep) _before = text;
    }
}
