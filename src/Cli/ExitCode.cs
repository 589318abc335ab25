namespace StreamClips.Cli;

/// <summary>Exit codes of every command: a contract.</summary>
public static class ExitCode
{
    /// <summary>Done as asked.</summary>
    public const int Done = 0;

    /// <summary>Could not be done; the reason is on standard error.</summary>
    public const int Failed = 1;

    /// <summary>The command line was wrong.</summary>
    public const int WrongUsage = 2;
}

/// <summary>A failure that a person can act on; its message is all that is printed.</summary>
public sealed class CommandException(string message) : Exception(message);
