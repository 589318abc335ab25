namespace StreamClips.ClipWorker.Commands;

/// <summary>
/// Where <c>watch</c> has its address from: an argument, or, as arguments can be read by every user of a machine and an RTMP address may
/// hold a stream's key, its standard input or a file.
/// </summary>
internal static class WatchAddress
{
    /// <summary>The argument that means the standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>The longest address, in characters.</summary>
    public const int MaxChars = 4096;

    /// <summary>Reads the address.</summary>
    /// <param name="argument">The argument; null: none was given.</param>
    /// <param name="file">The file whose first line is the address; null: none was given.</param>
    /// <param name="input">The standard input, whose first line is the address where the argument says so.</param>
    /// <param name="faults">Where what is wrong is put.</param>
    /// <returns>Null where something is wrong.</returns>
    public static async Task<string?> ReadAsync(string? argument, string? file, TextReader input, ICollection<string> faults)
    {
        if ((argument is null) == (file is null))
        {
            faults.Add(argument is null ? "no URL is given: give one, or - to read it from standard input, or --url-file FILE" : "URL and --url-file are both given: give one of them");
            return null;
        }

        if (file is null && argument != StandardInput) return argument;
        try
        {
            using var opened = file is null ? null : File.OpenText(file);
            var address = await FirstLineAsync(opened ?? input);
            if (address is { Length: > 0 }) return address;
            var where = file is null ? "standard input" : $"'{file}'";
            faults.Add(address is null ? $"the first line of {where} has more than {MaxChars} characters: put the URL there, alone" : $"the first line of {where} is empty: put the URL there");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add($"--url-file '{file}' cannot be read: {e.Message}");
        }

        return null;
    }

    /// <returns>Null where it is too long.</returns>
    private static async Task<string?> FirstLineAsync(TextReader reader)
    {
        var (line, one) = (new System.Text.StringBuilder(), new char[1]);
        while (await reader.ReadAsync(one.AsMemory()) == 1 && one[0] != '\n')
            if (line.Append(one[0]).Length > MaxChars) return null;
        return line.ToString().Trim();
    }
}
