using System.Text;

namespace StreamClips.Cli.Contexts;

/// <summary>Reads passwords and tokens: from the terminal without showing them, from a file, or a line each from standard input. They are never arguments.</summary>
public static class SecretInput
{
    /// <summary>Most characters of one.</summary>
    public const int Longest = 500;

    private static readonly Lazy<StreamReader> Input = new(() => new StreamReader(Console.OpenStandardInput()));

    /// <summary>Asks for one, or reads the next line of standard input where that is no terminal.</summary>
    /// <param name="question">What is asked for.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="CommandException">There is none.</exception>
    public static async Task<string> AskAsync(string question, CancellationToken cancellation)
    {
        if (Console.IsInputRedirected) return await LineAsync(Input.Value, "standard input", cancellation);
        await Console.Error.WriteAsync(question);
        var typed = Type();
        return typed.Length > 0 ? typed : throw new CommandException("nothing was typed.");
    }

    /// <summary>Asks for a new one, twice on a terminal.</summary>
    /// <inheritdoc cref="AskAsync"/>
    public static async Task<string> AskNewAsync(string question, CancellationToken cancellation)
    {
        var first = await AskAsync($"{question}: ", cancellation);
        if (!Console.IsInputRedirected && await AskAsync($"{question}, once more: ", cancellation) != first) throw new CommandException("these were two different ones: nothing was changed.");
        return first;
    }

    /// <summary>The first line of a file; <c>-</c>: the next one of standard input.</summary>
    /// <exception cref="CommandException">It cannot be read.</exception>
    public static async Task<string> OfFileAsync(string path, CancellationToken cancellation)
    {
        if (path == "-") return await LineAsync(Input.Value, "standard input", cancellation);
        try
        {
            using var reader = File.OpenText(path);
            return await LineAsync(reader, path, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{path} cannot be read: {e.Message}");
        }
    }

    private static async Task<string> LineAsync(StreamReader reader, string what, CancellationToken cancellation)
    {
        var line = new StringBuilder();
        var next = new char[1];
        while (await reader.ReadAsync(next, cancellation) == 1 && next[0] != '\n')
        {
            if (line.Append(next[0]).Length > Longest) throw new CommandException($"what {what} holds is too long for a password, a token or an address.");
        }

        var text = line.ToString().TrimEnd('\r');
        return text.Length > 0 ? text : throw new CommandException($"{what} is empty: give what is asked for there, a line each.");
    }

    private static string Type()
    {
        var typed = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter) break;
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (key.Key == ConsoleKey.U && key.Modifiers.HasFlag(ConsoleModifiers.Control)) typed.Clear();
            else if (!char.IsControl(key.KeyChar) && typed.Length < Longest) typed.Append(key.KeyChar);
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
