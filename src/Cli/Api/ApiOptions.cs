using System.CommandLine;
using System.Globalization;

namespace StreamClips.Cli.Api;

/// <summary>Options that commands share, so that they are called the same everywhere.</summary>
public static class ApiOptions
{
    /// <summary>Items of a list that goes on for ever where nothing is said.</summary>
    public const int DefaultLimit = 50;

    /// <summary><c>--context</c>.</summary>
    public static Option<string?> Context { get; } = new("--context") { Description = "The control plane to ask, of those that you signed in to; otherwise the current one (streamclips contexts list).", HelpName = "NAME" };

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json { get; } = new("--json") { Description = "JSON for programs: one document, or a line an item where it goes on." };

    /// <summary><c>--utc</c>.</summary>
    public static Option<bool> Utc { get; } = new("--utc") { Description = "Times in UTC instead of this machine's zone." };

    /// <summary><c>--watch</c>: see <see cref="ApiCall.ShowAsync"/>.</summary>
    public static Option<bool> Watch { get; } = new("--watch", "-w") { Description = "Shows it anew every 2 s, until Ctrl-C. Not on a terminal: whenever it changed." };

    /// <summary><c>--yes</c>: see <see cref="ApiCall.Confirm"/>.</summary>
    public static Option<bool> Yes { get; } = new("--yes", "-y") { Description = "Does not ask whether you are sure." };

    /// <summary><c>--limit</c> for lists that go on for ever.</summary>
    public static Option<int> Limit { get; } = Checked(new Option<int>("--limit", "-n") { Description = "At most so many; 0: all.", HelpName = "N", DefaultValueFactory = _ => DefaultLimit },
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : $"'{text}' is no number: give 0 for all, or how many");

    /// <summary><c>--since</c>: see <see cref="Moment"/>.</summary>
    public static Option<string?> Since { get; } = Moments("--since", "Only what happened from then on: a time as 2026-01-31T12:00, or how long ago as 2h.");

    /// <summary><c>--until</c>.</summary>
    public static Option<string?> Until { get; } = Moments("--until", "Only what happened before: a time, or how long ago.");

    /// <summary>An option whose value is checked before anything is done.</summary>
    /// <param name="option">The option.</param>
    /// <param name="fault">What is wrong with a text, and how to write it; null: nothing.</param>
    public static T Checked<T>(T option, Func<string, string?> fault)
        where T : Option
    {
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (fault(token.Value) is { } wrong) result.AddError($"{option.Name}: {wrong}");
        });
        return option;
    }

    private static Option<string?> Moments(string name, string description) =>
        Checked(new Option<string?>(name) { Description = description, HelpName = "TIME" }, text => Moment.TryParse(text, DateTimeOffset.UnixEpoch, out _));
}

/// <summary>Times as people write them.</summary>
public static class Moment
{
    /// <summary>Reads one.</summary>
    /// <param name="text">A time (ISO 8601; without an offset in this machine's zone), or a duration: so long ago.</param>
    /// <param name="now">The time.</param>
    /// <param name="at">The time meant.</param>
    /// <returns>Null, or what is wrong and how to write it.</returns>
    public static string? TryParse(string text, DateTimeOffset now, out DateTimeOffset at)
    {
        at = default;
        if (Duration.TryParse(text, out var ago) is null)
        {
            // Of times before the beginning of all there is nothing.
            at = ago < now - DateTimeOffset.MinValue ? now - ago : DateTimeOffset.MinValue;
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out at)
            ? null
            : $"'{text}' is no time: give one as 2026-01-31T12:00, or how long ago as 90s, 2h or 3d";
    }
}
