using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace StreamClips.Testing;

/// <summary>Keeps what is logged, so that a test can read it, and fail on an error that nobody expected.</summary>
public sealed class LogCapture : ILoggerProvider, ILoggerFactory
{
    private readonly ConcurrentQueue<CapturedLine> _lines = new();

    /// <summary>Everything that was logged so far.</summary>
    public IReadOnlyCollection<CapturedLine> Lines => _lines;

    /// <summary>What was logged as an error or worse.</summary>
    public IEnumerable<CapturedLine> Errors => _lines.Where(l => l.Level >= LogLevel.Error);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("a capture is the only provider");

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Logger(LogCapture capture, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            capture._lines.Enqueue(new CapturedLine(logLevel, category, eventId, formatter(state, exception), exception));
    }
}

/// <summary>A logged line.</summary>
public sealed record CapturedLine(LogLevel Level, string Category, EventId Event, string Message, Exception? Exception);
