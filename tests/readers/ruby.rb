# One line in: a text as JSON; one line out: what it sets, by name and key, as GitLab's own reading of gitlab.rb would have it, or {error}.
require "json"

# Names are the same as texts and as symbols.
class Keys < Hash
  def []=(key, value)
    super(key.to_s, value)
  end

  def [](key)
    super(key.to_s)
  end
end

class Settings
  attr_reader :sections

  def initialize
    @sections = Hash.new { |all, name| all[name] = Keys.new }
  end

  def method_missing(name, *arguments)
    arguments.empty? ? @sections[name.to_s] : nil
  end

  def respond_to_missing?(*)
    true
  end
end

def shown(value)
  case value
  when String, Symbol then ["text", value.to_s]
  when Integer, Float then ["number", value]
  when true, false, nil then ["word", value.inspect]
  else ["other", value.class.name]
  end
end

STDIN.each_line do |line|
  answer = begin
    settings = Settings.new
    silence, $VERBOSE = $VERBOSE, nil
    settings.instance_eval(JSON.parse(line))
    $VERBOSE = silence
    settings.sections.transform_values { |keys| keys.to_h { |key, value| [key.to_s, shown(value)] } }
  rescue Exception => e
    { "error" => e.class.name }
  end
  puts JSON.generate(answer)
  STDOUT.flush
end
