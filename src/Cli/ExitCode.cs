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
/// <param name="message">What is wrong, and what to do.</param>
/// <param name="exitCode">What the command ends with: <see cref="ExitCode.Failed"/> or <see cref="ExitCode.WrongUsage"/>.</param>
public class CommandException(string message, int exitCode = ExitCode.Failed) : Exception(message)
{
    /// <summary>What the command ends with.</summary>
    public int Code { get; } = exitCode;
}
