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
    public static Terminal OfConsole(Func<string, string?> variable)
    {
        if (Console.IsOutputRedirected) return None;
        var dumb = variable("TERM") is null or "" or "dumb";
        // Some pseudo-terminals have no size.
        var (width, height) = (Console.WindowWidth is > 0 and var w ? w : UsualWidth, Console.WindowHeight is > 0 and var h ? h : UsualHeight);
        return new(Math.Max(width, LeastWidth), Math.Max(height, LeastHeight), !dumb && string.IsNullOrEmpty(variable("NO_COLOR")));
    }
}
