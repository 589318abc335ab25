using Microsoft.Extensions.Hosting;

namespace StreamClips.Shared.Hosting;

/// <summary>
/// Stops this program in good order when its standard input ends, which is when the program that started it is gone:
/// the kernel closes the pipe whatever killed it. On where <c>STREAMCLIPS_STOP_WITH_PARENT=1</c>.
/// </summary>
public sealed class StopWithParent(IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <summary>The environment variable that asks for it.</summary>
    public const string Variable = "STREAMCLIPS_STOP_WITH_PARENT";

    /// <summary>Whether the environment asks for it.</summary>
    public static bool Wanted => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!Wanted) return;
        var input = Console.OpenStandardInput();
        var buffer = new byte[256];
        try
        {
            // A read of a pipe cannot be called off: it is left behind, or the program would wait for it at its own end.
            while (await input.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(stoppingToken) > 0)
            {
                // What the parent writes means nothing; only the end does.
            }
        }
        catch (IOException)
        {
            // A broken pipe is an end too.
        }

        lifetime.StopApplication();
    }
}
