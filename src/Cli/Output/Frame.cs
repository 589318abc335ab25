using System.Text;

namespace StreamClips.Cli.Output;

/// <summary>What is redrawn in place.</summary>
public static class Frame
{
    /// <summary>The text that puts these lines in the place of those shown before (ECMA-48: CPL, EL, ED).</summary>
    /// <param name="text">The lines.</param>
    /// <param name="height">Lines on the screen; what has no room is counted.</param>
    /// <param name="before">Lines shown before, directly above the cursor.</param>
    /// <param name="lines">Lines that are shown now.</param>
    public static string Of(string text, int height, int before, out int lines)
    {
        var all = text.TrimEnd('\n').Split('\n');
        var room = Math.Max(1, height - 1);
        var shown = all.Length <= room ? all : [.. all.Take(room - 1), $"… {all.Length - room + 1} more lines: make the window higher"];
        lines = shown.Length;
        var frame = new StringBuilder();
        if (before > 0) frame.Append($"\e[{before}F");
        foreach (var line in shown) frame.Append(line).Append("\e[K\n");
        return frame.Append("\e[J").ToString();
    }
}
