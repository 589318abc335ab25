using System.Globalization;

namespace StreamClips.Cli.Output;

/// <summary>What answers are printed to.</summary>
/// <param name="Width">Cells in a line; null: no terminal, so that lines are whole.</param>
/// <param name="Height">Lines on the screen.</param>
/// <param name="Colours">Whether it shows colours.</param>
public sealed record Terminal(int? Width, int Height, bool Colours)
{
    private const int LeastWidth = 20;
    private const int LeastHeight = 3;
    private const int UsualWidth = 80;
    private const int UsualHeight = 24;

    /// <summary>A file or another program.</summary>
    public static Terminal None { get; } = new(null, int.MaxValue, Colours: false);

    /// <summary>Whether it is one.</summary>
    public bool Is => Width is not null;

    /// <summary>
    /// What standard output is at this moment; a window may change its size. Colours are left out where NO_COLOR is set to anything
    /// (no-color.org) and on a dumb terminal.
    /// </summary>
    public static Terminal OfConsole(Func<string, string?> variable) => Of(variable, Console.IsOutputRedirected);

    /// <summary>What standard error is, where progress is shown: no terminal where what is redrawn would not be understood.</summary>
    public static Terminal OfErrors(Func<string, string?> variable) => Of(variable, Console.IsErrorRedirected || IsDumb(variable));

    private static bool IsDumb(Func<string, string?> variable) => variable("TERM") is null or "" or "dumb";

    private static Terminal Of(Func<string, string?> variable, bool redirected)
    {
        if (redirected) return None;
        var dumb = IsDumb(variable);
        // Some pseudo-terminals have no size. COLUMNS goes before it, as with ls and git.
        var width = int.TryParse(variable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given > 0 ? given : Console.WindowWidth is > 0 and var w ? w : UsualWidth;
        var height = Console.WindowHeight is > 0 and var h ? h : UsualHeight;
        return new(Math.Max(width, LeastWidth), Math.Max(height, LeastHeight), !dumb && string.IsNullOrEmpty(variable("NO_COLOR")));
    }
}
