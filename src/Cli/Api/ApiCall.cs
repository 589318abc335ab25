using System.CommandLine;
using StreamClips.Cli.Contexts;
using StreamClips.Cli.Output;

namespace StreamClips.Cli.Api;

/// <summary>What a command that speaks to a control plane works with.</summary>
/// <param name="Api">The control plane.</param>
/// <param name="Context">Who asks, and where.</param>
/// <param name="Print">Where its answer goes.</param>
/// <param name="Parsed">The command line.</param>
/// <param name="Time">The clock.</param>
/// <param name="Cancellation">Ctrl-C.</param>
public sealed record ApiCall(ApiClient Api, ServerContext Context, Printer Print, ParseResult Parsed, TimeProvider Time, CancellationToken Cancellation)
{
    /// <summary>What <c>--limit</c> says; 0: all.</summary>
    public int Limit => Parsed.GetValue(ApiOptions.Limit);

    /// <summary>An argument's or option's value.</summary>
    public T? Value<T>(Option<T> option) => Parsed.GetValue(option);

    /// <inheritdoc cref="Value{T}(Option{T})"/>
    public T? Value<T>(Argument<T> argument) => Parsed.GetValue(argument);

    /// <summary>A time option as the API takes it; null: not given.</summary>
    public string? Moment(Option<string?> option) =>
        Parsed.GetValue(option) is { } text && Cli.Api.Moment.TryParse(text, Time.GetUtcNow(), out var at) is null ? at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'") : null;

    /// <summary>Shows something once, or with <c>--watch</c> again and again.</summary>
    /// <param name="show">Asks, and prints. Called with another printer each time.</param>
    public Task ShowAsync(Func<Printer, Task> show) =>
        Parsed.GetValue(ApiOptions.Watch) ? new Watched(this, Console.Out).RunAsync(show) : show(Print);

    /// <summary>Asks before something is done that cannot be undone, unless <c>--yes</c> was given. Where nobody can be asked it is not done.</summary>
    /// <param name="question">What would be done, as a question.</param>
    /// <exception cref="CommandException">It shall not be done.</exception>
    public void Confirm(string question)
    {
        if (Parsed.GetValue(ApiOptions.Yes)) return;
        if (Console.IsInputRedirected) throw new CommandException($"{CellText.Clean(question)} Nobody is there to answer: add --yes where you are sure.", ExitCode.WrongUsage);
        Console.Error.Write($"{CellText.Clean(question)} [y/N] ");
        if (Console.ReadLine()?.Trim().ToLowerInvariant() is not ("y" or "yes")) throw new CommandException("nothing was done.");
    }
}
