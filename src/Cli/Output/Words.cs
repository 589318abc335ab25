namespace StreamClips.Cli.Output;

/// <summary>Small things of language.</summary>
public static class Words
{
    /// <summary>The words that somebody may have meant: nearest first, at most three.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="known">What there is.</param>
    public static IReadOnlyList<string> Nearest(string typed, IEnumerable<string> known)
    {
        var most = Math.Max(1, Math.Min(3, typed.Length / 3));
        return [.. known.Select(k => (Word: k, Steps: k.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && typed.Length >= 2 ? 0 : Steps(typed, k, most)))
            .Where(k => k.Steps <= most).OrderBy(k => k.Steps).ThenBy(k => k.Word, StringComparer.Ordinal).Select(k => k.Word).Take(3)];
    }

    /// <summary>" Did you mean a or b?", or nothing.</summary>
    /// <inheritdoc cref="Nearest"/>
    public static string DidYouMean(string typed, IEnumerable<string> known) =>
        Nearest(typed, known) is { Count: > 0 } near ? $" Did you mean {string.Join(" or ", near)}?" : "";

    /// <summary><c>1 clip</c>, <c>2 clips</c>.</summary>
    public static string Count(long number, string one, string? many = null) => $"{number} {(number == 1 ? one : many ?? one + "s")}";

    /// <summary>Letters to add, take away, change or swap to make one word of the other (optimal string alignment); more than <paramref name="most"/> is not counted out.</summary>
    private static int Steps(string a, string b, int most)
    {
        if (Math.Abs(a.Length - b.Length) > most || a.Length > 100) return most + 1;
        var steps = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) steps[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) steps[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var same = Same(a[i - 1], b[j - 1]) ? 0 : 1;
                steps[i, j] = Math.Min(Math.Min(steps[i - 1, j] + 1, steps[i, j - 1] + 1), steps[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1])) steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
            }
        }

        return steps[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
